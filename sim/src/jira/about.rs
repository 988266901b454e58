//! What a site says of itself and of who asks: `myself`, `serverInfo`, `field`, `tenant_info`.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::ask::Ask;
use super::caller::Caller;
use super::moment;
use crate::json;
use crate::reply::Reply;
use crate::settings::Settings;

/// The site's id at the gateway.
pub(super) const CLOUD_ID: &str = "6f1d3c2a-5b0e-4c8e-9a57-3d0c1be0a7e4";

pub(crate) fn myself(ask: &Ask<'_>) -> Reply {
    let (caller, url) = (&ask.caller, &ask.jira.settings.site_url);
    let body = json!({
        "self": format!("{url}/rest/api/3/user?accountId={}", caller.account_id.replace(':', "%3A")),
        "accountId": caller.account_id, "accountType": "atlassian", "emailAddress": caller.email,
        "avatarUrls": {}, "displayName": caller.name, "active": true, "timeZone": caller.zone.name(),
        "locale": "en_GB", "groups": {"size": 1, "items": []}, "applicationRoles": {"size": 1, "items": []},
        "expand": "groups,applicationRoles",
    });
    Reply::json(StatusCode::OK, body.to_string()).rows(1)
}

/// Anybody may ask this.
pub(crate) fn server(settings: &Settings, caller: Option<&Caller>, now: DateTime<Utc>) -> Reply {
    let zone = caller.map_or(chrono_tz::UTC, |caller| caller.zone);
    let body = json!({
        "baseUrl": settings.site_url, "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud", "buildNumber": 100_296, "buildDate": "2026-11-18T10:33:27.000+0100",
        "serverTime": moment::written(now.timestamp_millis(), zone), "scmInfo": "e8f3c8b6d1",
        "serverTitle": "Jira", "defaultLocale": {"locale": "en_US"}, "serverTimeZone": zone.name(),
    });
    Reply::json(StatusCode::OK, body.to_string())
}

/// Anybody may ask this too.
pub(crate) fn tenant() -> Reply {
    Reply::json(StatusCode::OK, json!({ "cloudId": CLOUD_ID }).to_string())
}

pub(crate) fn fields(ask: &Ask<'_>) -> Reply {
    let site = ask.jira.site();
    let rows = json::list(site.fields.iter().map(|(_, json)| json));
    Reply::json(StatusCode::OK, rows).rows(site.fields.len())
}
