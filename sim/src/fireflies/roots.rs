//! The fields of the query itself.

use std::sync::Arc;

use serde_json::{Value, json};

use super::bend;
use super::problem::Problem;
use super::resolve::Found;
use super::scene::{Node, Scene};
use super::selection;
use super::team::is_open_to;

pub(super) fn found(scene: &Arc<Scene>, name: &str, arguments: &Value) -> Result<Found, Problem> {
    let id = arguments["id"].as_str();
    match name {
        "transcripts" => {
            let nodes = selection::page(scene, arguments)?;
            scene.count(nodes.len());
            Ok(Found::Transcripts(nodes))
        }
        "transcript" => {
            let book = scene.site.book();
            let transcript = id.and_then(|id| book.get(id)).filter(|transcript| scene.sees(transcript));
            let transcript = transcript.cloned().ok_or(Problem::Missing("Transcript"))?;
            drop(book);
            scene.count(1);
            Ok(Found::Transcript(Box::new(Node::new(scene, transcript, 0))))
        }
        "user" => user(scene, id),
        "users" => Ok(counted(scene, scene.site.team.users.clone())),
        "user_groups" => Ok(counted(scene, groups(scene, arguments["mine"] == true))),
        "channels" => Ok(counted(scene, channels(scene))),
        "channel" => {
            let known = id.and_then(|id| scene.site.team.channel(id)).filter(|channel| shows(scene, channel));
            Ok(Found::Json(known.cloned().ok_or(Problem::Missing("Channel"))?))
        }
        "contacts" => {
            let contacts = scene.site.team.users.iter().map(|user| {
                json!({"email": user["email"], "name": user["name"], "picture": null, "last_meeting_date": null})
            });
            Ok(Found::Json(contacts.collect()))
        }
        "apps" => Ok(Found::Json(json!({"outputs": []}))),
        "rule_executions_by_meeting" => {
            Ok(Found::Json(json!({"meetings": [], "has_more": false, "next_cursor": null})))
        }
        "analytics" => Err(Problem::Paid),
        "bite" => Err(Problem::Missing("Bite")),
        "askfred_thread" => Err(Problem::Missing("AskFredThread")),
        // Nothing of these is simulated: there are none.
        "active_meetings" | "bites" | "askfred_threads" | "live_action_items" => Ok(Found::Json(json!([]))),
        _ => Ok(Found::Nothing),
    }
}

fn counted(scene: &Scene, list: Vec<Value>) -> Found {
    scene.count(list.len());
    Found::Json(list.into())
}

/// The owner of the key, unless another is named.
fn user(scene: &Scene, id: Option<&str>) -> Result<Found, Problem> {
    let team = &scene.site.team;
    let own = team.users.iter().find(|user| {
        user["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(&scene.caller.email))
    });
    let wanted = id.map_or(own, |id| team.user(id));
    let mut user = wanted.cloned().ok_or(Problem::Missing("User"))?;
    if own == wanted {
        let book = scene.site.book();
        let seen: Vec<_> = book.newest().filter(|transcript| scene.sees(transcript)).collect();
        // A number to hope for, and no more than that.
        user["num_transcripts"] = json!(super::dress::float(bend::count(&scene.faults, seen.len())));
        user["recent_transcript"] = json!(seen.first().map(|transcript| &transcript.id));
        user["recent_meeting"] = user["recent_transcript"].clone();
        user["minutes_consumed"] = json!(1_284.5);
    }
    scene.count(1);
    Ok(Found::Json(user))
}

fn groups(scene: &Scene, mine: bool) -> Vec<Value> {
    let own = |group: &&Value| {
        let members = group["members"].as_array().into_iter().flatten();
        !mine || members.into_iter().any(|member| member["email"] == scene.caller.email.as_str())
    };
    scene.site.team.groups.iter().filter(own).cloned().collect()
}

fn channels(scene: &Scene) -> Vec<Value> {
    scene.site.team.channels.iter().filter(|channel| shows(scene, channel)).cloned().collect()
}

fn shows(scene: &Scene, channel: &Value) -> bool {
    scene.caller.admin || is_open_to(channel, &scene.caller.email)
}
