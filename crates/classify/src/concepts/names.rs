//! The names of the concepts of the lexicon, in the order of their bits, and the bits that follow them.

/// The concepts of the lexicon. Their places are part of the model.
pub(crate) const NAMES: [&str; 95] = [
    "PLEASE",
    "CAN_YOU",
    "NEED",
    "WANT",
    "URGENT",
    "LET_ME",
    "NOT",
    "NO_LONGER",
    "NOTHING_TO_DO",
    "CANCEL",
    "KEEP",
    "HAS_BEEN",
    "ALREADY",
    "AGAIN",
    "WORKS",
    "THANKS_FOR",
    "CLOSE_TICKET",
    "DONE_STATE",
    "PAST_TIME",
    "FUTURE_TIME",
    "NOW_TIME",
    "STILL",
    "HOW_TO",
    "WHY",
    "WHICH_WHO",
    "ALLOWED",
    "WONDER",
    "COST",
    "SELF",
    "IF_CASE",
    "PLAN",
    "STATUS_Q",
    "STATS",
    "PASSWORD",
    "FORGET",
    "EXPIRED",
    "REJECTED",
    "KNOWN",
    "RESET",
    "TRIES",
    "LOCKED",
    "UNLOCK",
    "AUTH",
    "CODE",
    "PHONE",
    "NEW_DEVICE",
    "LOST",
    "REGISTER",
    "LEAVES",
    "FIRED",
    "SUSPEND",
    "ABSENCE",
    "REACTIVATE",
    "STARTS",
    "NEW_PERSON",
    "CREATE",
    "ACCOUNT",
    "LICENCE",
    "PRODUCT",
    "ASSIGN",
    "UPGRADE",
    "TAKE_AWAY",
    "GROUP",
    "MEMBER",
    "ADD_TO",
    "REMOVE_FROM",
    "ACCESS",
    "CANNOT",
    "MESSAGE",
    "OTHER_SYSTEM",
    "WEBSITE",
    "PHYSICAL",
    "FILE",
    "HARDWARE",
    "NETWORK",
    "MAILBOX",
    "RENAME",
    "NEWS",
    "ALERT",
    "PHISH",
    "I_ME",
    "HE_SHE",
    "WE_US",
    "YOU_DESK",
    "COLLEAGUE",
    "SEVERAL",
    "BOSS",
    "APPROVED",
    "SAME_AS",
    "CALL",
    "BLOCKED_WORK",
    "PRIVATE",
    "MISTAKE",
    "REFUSED",
    "FOUND",
];

/// The concepts before this place are about asking, whatever is asked for: the last of them is `STATS`.
pub(super) const MANNERS: u32 = 33;
/// From here on, up to the last, concepts are about other matters: the first of them is `OTHER_SYSTEM`.
pub(super) const OTHER_MATTERS: u32 = 69;
/// `PHISH`.
pub(super) const LAST_OTHER_MATTER: u32 = 79;
pub(super) const SEVERAL: u32 = 85;
pub(super) const PRIVATE: u32 = 91;
/// A word with a capital after a small letter.
pub(super) const CAMEL: u32 = 95;
/// A capitalised word between others that are not.
pub(super) const NAME_ALONE: u32 = 96;
/// An address.
pub(super) const ADDRESS: u32 = 97;
/// A number.
pub(super) const NUMBER: u32 = 98;
/// A word in capitals.
pub(super) const CAPITALS: u32 = 99;
/// A capitalised word beside another.
pub(super) const NAME: u32 = 100;
