//! Who may see a meeting, and what a key is shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_core::model::audience::Audience;
use daybook_core::ports::source::{Scope, Source as _};
use serde_json::json;

use super::house::{Holding, House, records, walked, window};
use super::script::{Script, errors, fireflies, id, name};
use crate::vendor::{Reply, Vendor};

fn known() -> Arc<Holding> {
    Arc::new(Holding::default())
}

#[tokio::test]
async fn a_members_key_sees_what_its_owner_may_and_says_so() {
    let house = House::with(200).await;
    let scope = Scope::history(window(3_000));
    let all: BTreeSet<String> = house.held().await.into_keys().collect();
    let guest = house.source_of(house.settings("guest-token"));
    let survey = guest.survey(&scope).await.unwrap();
    assert!(survey.unseen.iter().any(|unseen| unseen.contains("a member's")), "{:?}", survey.unseen);
    assert!(survey.warnings.iter().any(|warning| warning.contains("old API key")), "{:?}", survey.warnings);
    let seen = walked(&guest, &scope, None, &known()).await.whole();
    assert_eq!(survey.expected, Some(seen.ids().len() as u64));
    let ids: BTreeSet<String> = seen.ids().into_iter().collect();
    assert!(ids.is_subset(&all) && ids.len() < all.len(), "{} of {}", ids.len(), all.len());
    // What the guest is shown, the guest may see by the audience that was read with the other key.
    let whole = walked(&house.source(), &scope, None, &known()).await.whole();
    let admits = |audience: &Audience| match audience {
        Audience::Members => true,
        Audience::Only(tokens) => {
            tokens.contains("fireflies:teammates") || tokens.contains("mail:guest@birchlane.example")
        }
        Audience::Unknown => false,
    };
    for record in records(&whole.pages) {
        let audience = &record.reading.as_ref().unwrap()[0].audience;
        assert!(
            !admits(audience) || ids.contains(&record.external_id),
            "{} {audience:?}",
            record.external_id
        );
    }
}

#[tokio::test]
async fn a_private_channel_narrows_and_is_asked_for_once_a_run() {
    let list = json!([{"id": "c1", "title": "Board", "is_private": true, "members": [{"email": "Tomas@x.example"}]}]);
    let mut script = Script::of(30);
    for number in [2, 12, 22] {
        script.0[number]["channels"] = json!([{"id": "c1", "title": "Board", "is_private": true}]);
        script.0[number]["privacy"] = "teammatesandparticipants".into();
    }
    for may_list in [true, false] {
        let list = list.clone();
        let vendor = Vendor::script(script.clone(), move |asked, _, _| {
            let refused = errors("require_elevated_privilege", "You need to be an admin");
            let answer = if may_list { json!({"data": {"channels": list}}) } else { refused };
            (name(asked) == "Channels").then(|| Reply::json(&answer))
        })
        .await;
        let source = vendor.fireflies();
        let walked = walked(&source, &Scope::history(window(10)), None, &known()).await.whole();
        let tokens = if may_list {
            vec!["mail:mara@x.example", "mail:tomas@x.example"]
        } else {
            vec!["mail:mara@x.example"]
        };
        for number in [2, 12, 22] {
            let Audience::Only(found) = &walked.document(&id(number)).audience else { panic!() };
            assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), tokens, "{may_list}");
            assert!(walked.document(&id(number)).labels.contains(&"channel:Board".to_owned()));
        }
        assert_eq!(vendor.questions().iter().filter(|name| *name == "Channels").count(), 1);
        let survey = source.survey(&Scope::history(window(10))).await.unwrap();
        assert_eq!(survey.unseen.iter().any(|unseen| unseen.contains("channels")), !may_list);
    }
}

#[tokio::test]
async fn the_team_may_be_all_members() {
    let mut script = Script::of(3);
    script.0[1]["privacy"] = "teammates".into();
    script.0[2]["privacy"] = "link".into();
    let vendor = Vendor::script(script, |_, _, _| None).await;
    let mut settings = vendor.fireflies_settings();
    let narrow =
        walked(&fireflies(settings.clone()), &Scope::history(window(10)), None, &known()).await.whole();
    let Audience::Only(tokens) = &narrow.document(&id(1)).audience else { panic!() };
    assert!(tokens.contains("fireflies:teammates") && !tokens.contains("mail:tomas@x.example"));
    settings.team_is_members = true;
    let wide = walked(&fireflies(settings), &Scope::history(window(10)), None, &known()).await.whole();
    assert_eq!(
        (&wide.document(&id(1)).audience, &wide.document(&id(2)).audience),
        (&Audience::Members, &Audience::Members)
    );
    assert!(matches!(&wide.document(&id(0)).audience, Audience::Only(tokens) if tokens.len() == 2));
}

#[test]
fn settings_that_cannot_work_are_refused_without_showing_the_key() {
    for url in [
        "",
        "api.fireflies.ai/graphql",
        "ftp://x.example",
        "https://me:pw@x.example",
        "https://x.example?a=1",
    ] {
        let error = build(url, "secret").unwrap_err();
        assert!(error.contains("FIREFLIES_API_URL") && !error.contains("secret"), "{error}");
    }
    for key in ["", "  ", "a\nb", "two words"] {
        let error = build("https://x.example/graphql", key).unwrap_err();
        assert!(error.contains("FIREFLIES_API_KEY"), "{error}");
    }
    assert_eq!(build("https://x.example/graphql", " key\n"), Ok("FirefliesSource".to_owned()));
}

fn build(url: &str, key: &str) -> Result<String, String> {
    let settings = super::house::hasty(key, url);
    let clock = Arc::new(super::house::StandingClock::new());
    let budget = Arc::new(daybook_sources::http::LocalBudget::default());
    let source = daybook_sources::fireflies::FirefliesSource::new(settings, clock, budget);
    source.map(|source| format!("{source:?}")).map_err(|error| error.to_string())
}
