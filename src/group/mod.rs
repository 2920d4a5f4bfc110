//! What a group is, pure: its events, its members, and the rules that decide who may do what.
//! No SQL, no network, no clock: facts and acts go in, events and refusals come out.

pub mod announcement;
pub mod applicant;
pub mod ban;
pub mod body;
pub mod caller;
pub mod date;
pub mod encoding;
pub mod event;
pub mod facts;
pub mod fields;
pub mod founding;
pub mod head;
pub mod heard;
pub mod id;
pub mod invite;
pub mod joining;
pub mod member;
pub(crate) mod name;
pub mod permission;
pub mod post;
pub mod refusal;
pub mod rules;
pub mod settings;
pub mod showing;
pub mod work;

pub use announcement::{Announcement, Flags};
pub use applicant::{Applicant, Application};
pub use ban::Ban;
pub use body::Body;
pub use caller::{Caller, TokenId};
pub use event::GroupEvent;
pub use facts::{Admission, GroupFacts, Standing};
pub use fields::Fields;
pub use founding::{Founders, FoundingFacts, FoundingTerms};
pub use head::Head;
pub use id::{GroupId, MemberNumber, PostId, Seq};
pub use invite::{Invite, InviteCode, InviteId};
pub use joining::{JoinMode, JoinTerms};
pub use member::{Member, Relay};
pub use permission::{Grant, GrantSource, Permission, VisibilityClass};
pub use post::{Authorship, Post};
pub use refusal::{Refusal, RefusalCode};
pub use rules::{Act, Already, Decision};
pub use settings::{GroupKind, GroupMode, GroupRole, Settings, Visibility};
pub use work::Work;
