//! The API described for other people's clients: JSON Schemas made from the types, with the number of every field.
//! Not the rules around them; `schemas/README.md` has those.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::{
    Access, ENDPOINTS, approval, audit, bans, body, fields, founding, groups, held, identities, info,
    invites, joining, language, linkless, me, members, messages, moderation, notify, post, refusal, roles,
    settings, status,
};

/// One file of `schemas/v1`: its name, and what stands in it.
pub type SchemaFile = (&'static str, Value);

/// All files of `schemas/v1`.
pub fn files() -> Vec<SchemaFile> {
    vec![
        ("fields", all_fields()),
        ("common", json!({ "request": of::<body::Common>(), "refusal": of::<refusal::RefusalAnswer<'_>>() })),
        (
            "groups",
            area(&[
                ("/api/v1/groups", of::<groups::GroupsRequest>(), of::<groups::GroupsAnswer>()),
                ("/api/v1/groups/create", of::<founding::CreateRequest>(), of::<founding::CreateAnswer>()),
            ]),
        ),
        ("info", area(&[("/api/v1/info", of::<info::InfoRequest>(), of::<info::InfoAnswer>())])),
        ("audit", area(&[("/api/v1/audit", of::<audit::AuditRequest>(), of::<audit::AuditAnswer>())])),
        ("roles", of_roles()),
        ("settings", of_settings()),
        (
            "members",
            area(&[("/api/v1/members", of::<members::MembersRequest>(), of::<members::MembersAnswer>())]),
        ),
        ("joining", of_joining()),
        (
            "me",
            area(&[
                ("/api/v1/me/language", of::<language::LanguageRequest>(), of::<language::LanguageAnswer>()),
                ("/api/v1/notify", of::<notify::NotifyRequest>(), of::<notify::NotifyAnswer>()),
            ]),
        ),
        (
            "broadcast",
            area(&[(
                "/api/v1/broadcast",
                of::<linkless::BroadcastRequest>(),
                of::<linkless::BroadcastAnswer>(),
            )]),
        ),
        (
            "moderation",
            area(&[
                ("/api/v1/members/kick", of::<moderation::KickRequest>(), of::<moderation::DoneAnswer>()),
                ("/api/v1/members/ban", of::<moderation::BanRequest>(), of::<moderation::DoneAnswer>()),
                ("/api/v1/members/unban", of::<moderation::UnbanRequest>(), of::<moderation::DoneAnswer>()),
                ("/api/v1/members/mute", of::<moderation::MuteRequest>(), of::<moderation::DoneAnswer>()),
                ("/api/v1/members/unmute", of::<moderation::UnmuteRequest>(), of::<moderation::DoneAnswer>()),
                ("/api/v1/bans", of::<bans::BansRequest>(), of::<bans::BansAnswer>()),
                ("/api/v1/mutes", of::<bans::BansRequest>(), of::<bans::BansAnswer>()),
                ("/api/v1/messages/hold", of::<held::HoldRequest>(), of::<held::HoldAnswer>()),
                ("/api/v1/messages/review", of::<held::ReviewRequest>(), of::<held::ReviewAnswer>()),
            ]),
        ),
        (
            "messages",
            area(&[
                ("/api/v1/messages", of::<messages::MessagesRequest>(), of::<messages::MessagesAnswer>()),
                (
                    "/api/v1/messages/attachment",
                    of::<messages::AttachmentRequest>(),
                    of::<messages::AttachmentAnswer>(),
                ),
                ("/api/v1/messages/delete", of::<messages::DeleteRequest>(), of::<messages::DeleteAnswer>()),
                ("/api/v1/messages/edit", of::<messages::EditRequest>(), of::<messages::ChangedAnswer>()),
                ("/api/v1/messages/pin", of::<messages::PinRequest>(), of::<messages::PinAnswer>()),
                ("/api/v1/messages/react", of::<messages::ReactRequest>(), of::<messages::ChangedAnswer>()),
                ("/api/v1/messages/post", of::<post::PostRequest>(), of::<post::PostAnswer>()),
                ("/api/v1/messages/status", of::<status::StatusRequest>(), of::<status::StatusAnswer>()),
            ]),
        ),
    ]
}

fn of_joining() -> Value {
    area(&[
        ("/api/v1/join", of::<joining::JoinRequest>(), of::<joining::JoinAnswer>()),
        ("/api/v1/leave", of::<joining::LeaveRequest>(), of::<joining::LeaveAnswer>()),
        ("/api/v1/members/approve", of::<approval::ApproveRequest>(), of::<approval::ApproveAnswer>()),
        ("/api/v1/members/deny", of::<approval::DenyRequest>(), of::<approval::DenyAnswer>()),
        ("/api/v1/members/add", of::<approval::AddRequest>(), of::<approval::ApproveAnswer>()),
        ("/api/v1/pending", of::<approval::PendingRequest>(), of::<approval::PendingAnswer>()),
        ("/api/v1/invites", of::<invites::InvitesRequest>(), of::<invites::InvitesAnswer>()),
        ("/api/v1/invites/create", of::<invites::InviteRequest>(), of::<invites::InviteAnswer>()),
        ("/api/v1/invites/revoke", of::<invites::RevokeInviteRequest>(), of::<invites::RevokeInviteAnswer>()),
    ])
}

fn of_roles() -> Value {
    area(&[
        ("/api/v1/me", of::<me::MeRequest>(), of::<me::MeAnswer>()),
        ("/api/v1/members/role", of::<roles::RoleRequest>(), of::<roles::RoleAnswer>()),
        ("/api/v1/identities", of::<identities::IdentitiesRequest>(), of::<identities::IdentitiesAnswer>()),
    ])
}

fn of_settings() -> Value {
    area(&[
        ("/api/v1/settings", of::<settings::SettingsRequest>(), of::<settings::SettingsAnswer>()),
        (
            "/api/v1/display-name/update",
            of::<settings::DisplayNameRequest>(),
            of::<settings::DisplayNameAnswer>(),
        ),
    ])
}

fn all_fields() -> Value {
    let numbers: Map<_, _> =
        fields::FIELDS.iter().map(|field| (field.name.to_owned(), json!(field.number))).collect();
    let areas: Map<_, _> =
        fields::AREAS.iter().map(|area| (area.name.to_owned(), json!([area.first, area.last]))).collect();
    json!({ "fields": numbers, "areas": areas })
}

fn area(endpoints: &[(&str, Value, Value)]) -> Value {
    let described = endpoints.iter().map(|(path, request, answer)| {
        let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == *path);
        let permission = endpoint.map(|endpoint| match endpoint.access {
            Access::Read(permission) | Access::Act(permission) => permission.name(),
        });
        let max_request = endpoint.map(|endpoint| endpoint.max_request);
        let description = json!({
            "permission": permission,
            "max_request": max_request,
            "request": request,
            "answer": answer,
        });
        ((*path).to_owned(), description)
    });
    Value::Object(described.collect())
}

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut value = Schema::into(settings.into_generator().into_root_schema_for::<T>());
    add_numbers(&mut value);
    value
}

/// Writes the number of each field into its description, and puts the description on one line.
fn add_numbers(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            for (key, value) in map.iter_mut() {
                add_numbers(value);
                if key != "properties" {
                    continue;
                }
                for (name, property) in value.as_object_mut().into_iter().flatten() {
                    if let (Some(property), Some(number)) = (property.as_object_mut(), fields::number(name)) {
                        property.insert("number".to_owned(), json!(number));
                    }
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(add_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn property_names(schema: &Value, names: &mut BTreeSet<String>) {
        match schema {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    names.extend(properties.keys().cloned());
                }
                map.values().for_each(|value| property_names(value, names));
            }
            Value::Array(items) => items.iter().for_each(|value| property_names(value, names)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn every_field_of_every_type_has_a_number_and_every_number_a_field() {
        let mut used = BTreeSet::new();
        files().iter().for_each(|(_, schema)| property_names(schema, &mut used));
        let known: BTreeSet<_> = fields::FIELDS.iter().map(|field| field.name.to_owned()).collect();
        assert_eq!(used, known);
    }

    #[test]
    fn every_endpoint_is_described() {
        for endpoint in ENDPOINTS {
            let described = files().iter().filter(|(_, schema)| schema.get(endpoint.path).is_some()).count();
            assert_eq!(described, 1, "{}", endpoint.path);
        }
    }
}
