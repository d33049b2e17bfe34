//! The rules of the domain: the state machine under random commands and case by case, who may decide, what a plan's
//! digest covers, and what cards and notes say.

mod card;
mod cases;
mod correcting;
mod digest;
mod game;
mod modes;
mod moves;
mod note;
mod policy;
mod properties;
mod second_opinion;
mod standing;
