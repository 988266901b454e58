//! Some runs, in all states.

use daybook_core::model::backfill::{
    Backfill, BackfillId, BackfillState, Days, Plan, Progress, RunKind, Window,
};
use daybook_core::model::source::SourceKind;
use uuid::Uuid;

use crate::sample::{now, time};

fn run(number: u128, kind: RunKind, source: SourceKind, state: BackfillState) -> Backfill {
    let created_at = time("2026-11-24T14:40:00Z");
    Backfill {
        id: BackfillId(Uuid::from_u128(number)),
        kind,
        source,
        window: Window::last(Days::try_from(365).expect("1 to 3650"), now()),
        project: None,
        item: None,
        accepts_losses: false,
        state,
        progress: Progress::default(),
        warnings: Vec::new(),
        error: None,
        requested_by: "admin key".to_owned(),
        created_at,
        started_at: Some(created_at).filter(|_| state != BackfillState::Queued),
        finished_at: Some(time("2026-11-24T14:52:30Z")).filter(|_| state.is_over()),
    }
}

fn progress(distinct: u64, expected: Option<u64>) -> Progress {
    let plan = Plan { requests: 80, seconds: 1_300, estimated: true };
    Progress {
        requests: distinct / 100 + 1,
        pages: distinct / 100,
        seen: distinct,
        distinct,
        new: distinct / 2,
        changed: distinct / 10,
        unchanged: distinct - distinct / 2 - distinct / 10,
        expected,
        waits: 2,
        plan: Some(plan),
        ..Progress::default()
    }
}

/// The runs, oldest first.
pub(crate) fn runs() -> Vec<Backfill> {
    let census = Backfill {
        progress: Progress { gone: 3, ..progress(7_559, None) },
        warnings: vec!["3 records have left jira and are no longer found".to_owned()],
        requested_by: "schedule".to_owned(),
        ..run(1, RunKind::Census, SourceKind::Jira, BackfillState::Done)
    };
    let failed = Backfill {
        project: Some("HARB".to_owned()),
        error: Some(
            "jira refused the credential while Daybook tried to read a page: it answered 401; make a new token and set \
             JIRA_API_TOKEN"
                .to_owned(),
        ),
        progress: progress(400, Some(1_240)),
        ..run(2, RunKind::Backfill, SourceKind::Jira, BackfillState::Failed)
    };
    let cancelled = Backfill {
        item: Some("HARB-17".to_owned()),
        ..run(3, RunKind::Backfill, SourceKind::Jira, BackfillState::Cancelled)
    };
    let sync = Backfill {
        progress: progress(14, None),
        requested_by: "schedule".to_owned(),
        ..run(4, RunKind::Sync, SourceKind::Notion, BackfillState::Running)
    };
    let running = Backfill {
        progress: progress(5_120, Some(7_560)),
        ..run(5, RunKind::Backfill, SourceKind::Jira, BackfillState::Running)
    };
    vec![
        census,
        failed,
        cancelled,
        sync,
        running,
        run(6, RunKind::Backfill, SourceKind::Jira, BackfillState::Queued),
    ]
}
