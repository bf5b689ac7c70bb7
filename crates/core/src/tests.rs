//! Stories of the switch alone: keys and requests in, views and events out.
//!
//! [`bench`] is the office in which they play; [`random`] lets anybody do anything in it and checks what must
//! always hold. Expected transcripts stand in the tests as text, one output per line.

mod applications;
mod audio_sockets;
mod autonomous;
mod barge;
mod bench;
mod buttons;
mod calls;
mod conference;
mod conference_keys;
mod configure;
mod cti_devices;
mod deflect;
mod devices;
mod dialling;
mod do_not_disturb;
mod elsewhere;
mod failures;
mod features;
mod forwarding;
mod hold;
mod hunt_group;
mod limits;
mod office_hours;
mod park;
mod permissions;
mod pickup;
mod random;
mod routeing;
mod scenes;
mod services;
mod shared_line;
mod stations;
mod stored;
mod telephones;
mod transfer;
mod transitions;
mod trunk_hunt;
mod verbs;
mod voice;
