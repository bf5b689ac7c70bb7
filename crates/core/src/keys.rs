//! What the keys of a phone mean.
//!
//! The verb of a key depends on the state of the phone: lifting the handset answers a ringing call, and goes off-hook
//! if none rings. Keys are translated to verbs only here, so that every phone protocol has the same behaviour.

use smol_str::SmolStr;

use crate::{
    Connection, ConnectionKey, ConnectionState, ConsultPurpose, EventCause, Key, LineId, Refusal, StationId,
    StationInput, Verb, autonomous,
    control::{
        answer_call, barge, call_back, clear_connection, conference_call, conference_keys, consultation_call,
        deflect_call, dialling, generate_digits, hold_call, hunt_group,
        make_call::{self, Initiation, Urgency},
        media, meet_me, park_call, pickup_call, retrieve_call, set_do_not_disturb, set_forwarding,
        single_number_reach, transfer_call,
    },
    cti::telephone,
    registration,
    state::State,
};

/// Something that a phone did.
pub(crate) fn handle(st: &mut State, station: StationId, input: StationInput) {
    // Nobody presses keys at a device of an application.
    if st.stations.get(station).is_none_or(|own| own.settings().cti_device.is_some()) {
        return;
    }
    match input {
        StationInput::Register(codecs) => registration::registered(st, station, codecs),
        StationInput::Capabilities(codecs) => registration::set_codecs(st, station, codecs),
        StationInput::Unregister => registration::unregistered(st, station),
        StationInput::Lost => registration::lost(st, station),
        StationInput::Key(key) => press(st, station, key),
        StationInput::Receiving(reference, address) => {
            if let Some(key) = by_reference(st, station, reference) {
                media::receiving(st, station, key, address);
            }
        }
        StationInput::Act(act) => autonomous::handle(st, station, act),
        StationInput::CannotReceive(reference) => {
            if let Some(key) = by_reference(st, station, reference) {
                media::cannot_receive(st, station, key);
            }
        }
    }
}

fn press(st: &mut State, station: StationId, key: Key) {
    if !st.stations[station].is_registered() {
        return;
    }
    let told = st.stations[station].parked_at.take().is_some();
    st.stations[station].park_reminders = 0;
    let confirmed = std::mem::take(&mut st.stations[station].confirmed);
    if st.stations[station].refused.take().is_some() || told || confirmed {
        st.station_changed(station);
    }
    telephone::pressed(st, station, &key);
    if let Err(refusal) = carry_out(st, station, key) {
        st.stations[station].refused = Some(refusal);
        st.station_changed(station);
    }
}

/// An application presses a key of a phone.
///
/// # Errors
/// [`Refusal::RequestIncompatibleWithSubject`] for phones whose keys the switch does not know, or that cannot go off-hook by
/// command, and what the key itself refuses. Then nothing has changed.
pub(crate) fn press_for_application(st: &mut State, station: StationId, key: Key) -> Result<(), Refusal> {
    let settings = st.stations[station].settings();
    if settings.autonomous || !settings.off_hook_by_command {
        return Err(Refusal::RequestIncompatibleWithSubject);
    }
    carry_out(st, station, key.clone())?;
    telephone::pressed(st, station, &key);
    Ok(())
}

fn carry_out(st: &mut State, station: StationId, key: Key) -> Result<(), Refusal> {
    match key {
        Key::OffHook { line, reference } => off_hook(st, station, line, reference),
        Key::OnHook { line, reference } => on_hook(st, station, line, reference),
        Key::PutDown => put_down(st, station),
        Key::AnswerOrEnd { reference } => answer_or_end(st, station, reference),
        Key::Line { line } => line_key(st, station, line),
        Key::NewCall { line } => new_call(st, station, line),
        Key::Answer { line, reference } => answer(st, station, line, reference),
        Key::EndCall { line, reference } => end_call(st, station, line, reference),
        Key::Hold { reference, .. } => hold(st, station, reference),
        Key::Resume { line, reference } => resume(st, station, line, reference),
        Key::HoldOrResume => hold_or_resume(st, station),
        Key::HookFlash => hook_flash(st, station),
        Key::Barge { reference, .. } => barge::barge(st, station, reference),
        Key::Privacy => barge::privacy_key(st, station),
        Key::Digit(digit) => with_active(st, station, |st, key| {
            dialling::dial_digit(st, key, digit);
            generate_digits::pressed(st, key, digit);
        }),
        Key::Backspace => with_active(st, station, dialling::undial_digit),
        Key::Dial => with_active(st, station, dialling::dial_complete),
        Key::Enbloc { line, number } => enbloc(st, station, line, &number),
        Key::Redial { line } => {
            let number = st.stations[station].last_dialled.clone();
            dial_stored(st, station, line, &number)
        }
        Key::ForwardAll { line } => set_forwarding::forward_all_key(st, station, line),
        Key::Transfer { reference, .. } => match conversation(st, station, reference) {
            Some(active) => transfer_call::complete_or_begin(st, station, active),
            None => Ok(()),
        },
        Key::Conference { reference, .. } => match conversation(st, station, reference) {
            Some(active) => conference_call::complete_or_begin(st, station, active),
            None => Ok(()),
        },
        Key::Park { reference, .. } => match conversation(st, station, reference) {
            Some(active) => park_call::park_key(st, station, active),
            None => Ok(()),
        },
        Key::Pickup { line } => pickup_call::key(st, station, line, false),
        Key::GroupPickup { line } => pickup_call::key(st, station, line, true),
        Key::DoNotDisturb { reference, .. } => {
            let named = by_reference(st, station, reference).or_else(|| ringing(st, station, 0));
            let rings = |key: &ConnectionKey| st.is(*key, ConnectionState::Alerting);
            set_do_not_disturb::key(st, station, named.filter(rings));
            Ok(())
        }
        Key::HuntGroupLog => {
            hunt_group::log_key(st, station);
            Ok(())
        }
        Key::Voicemail => {
            let number = st.settings.features.voicemail.clone().unwrap_or_default();
            dial_stored(st, station, 0, &number)
        }
        Key::DivertToVoicemail { reference, .. } => divert_to_voicemail(st, station, reference),
        Key::RemoveLastParticipant => {
            let active = st.active_at(station).map(Connection::key);
            active.map_or(Ok(()), |active| conference_call::drop_last(st, active))
        }
        Key::ConferenceList => {
            conference_keys::list(st, station);
            Ok(())
        }
        Key::RemoveParticipant { participant } => conference_keys::remove(st, station, participant),
        Key::Join { reference, .. } => conference_keys::join(st, station, reference),
        Key::Select { reference, .. } => conference_keys::select(st, station, reference),
        Key::BlfSpeedDial { instance } => {
            let index = (instance as usize).wrapping_sub(1);
            let number = st.stations[station].settings().blf_speed_dials.get(index);
            let number = number.map(|(number, _)| number.clone()).unwrap_or_default();
            station_selected(st, station, &number)
        }
        Key::CallBack => {
            let active = st.active_at(station).map(Connection::key);
            active.map_or(Ok(()), |active| call_back::complete_later(st, active).map(|_| ()))
        }
        Key::MeetMe { line } => meet_me::key(st, station, line),
        Key::Mobility => single_number_reach::key(st, station),
        Key::Login => pickup_call::ask_pin(st, station),
        Key::SpeedDial { instance } => speed_dial(st, station, instance),
    }
}

/// The call that Transfer and Conference mean: the active one, also when the phone names the held call that belongs to
/// it.
fn conversation(st: &State, station: StationId, reference: u32) -> Option<ConnectionKey> {
    let active = st.active_at(station)?;
    let named = by_reference(st, station, reference);
    let about = consultation_call::counterpart(st, active.key()).map(|consultation| consultation.held);
    let fits = named.is_none() || named == Some(active.key()) || named == about;
    fits.then_some(active.key())
}

fn off_hook(st: &mut State, station: StationId, line: u32, reference: u32) -> Result<(), Refusal> {
    if let Some(named) = by_reference(st, station, reference) {
        return take_up(st, station, named);
    }
    // Phones send OffHook also after a line key, and when a handset is lifted during a loudspeaker call.
    if st.active_at(station).is_some() {
        return Ok(());
    }
    match ringing(st, station, line).or_else(|| ringing(st, station, 0)) {
        Some(ringing) => take_up(st, station, ringing),
        None => go_off_hook(st, station, line).map(|_| ()),
    }
}

/// Answers, retrieves or leaves alone, as the connection's state suggests.
fn take_up(st: &mut State, station: StationId, key: ConnectionKey) -> Result<(), Refusal> {
    let Some(connection) = st.calls.connection(key) else { return Ok(()) };
    if st.calls.permits(Verb::AnswerCall, connection) {
        answer_call::answer(st, key, Some(station))
    } else if st.calls.permits(Verb::RetrieveCall, connection) {
        retrieve_call::retrieve(st, key, Some(station))
    } else {
        Ok(())
    }
}

fn on_hook(st: &mut State, station: StationId, line: u32, reference: u32) -> Result<(), Refusal> {
    let named = by_reference(st, station, reference).filter(|key| {
        let connection = st.calls.connection(*key);
        connection.is_some_and(|c| c.is_active() && c.station() == Some(station))
    });
    let target = match (reference, named) {
        (_, Some(named)) => Some(named),
        (0, None) => st
            .active_at(station)
            .filter(|active| {
                let unknown = line == 0 || st.stations[station].line(line).is_none();
                unknown || st.is_placed(station, line, active.key())
            })
            .map(Connection::key),
        (_, None) if st.stations[station].page.is_some() => st.stations[station].page,
        // A call that has ended meanwhile: the handset goes back for it, not for another one.
        _ => None,
    };
    let Some(active) = target else { return Ok(()) };
    if transfer_call::complete_by_hanging_up(st, active) {
        return Ok(());
    }
    end(st, station, active)
}

/// The active call ends, and what the telephone holds rings back: its user has no button to find it again.
fn put_down(st: &mut State, station: StationId) -> Result<(), Refusal> {
    let ended = on_hook(st, station, 0, 0);
    let is_held_here = |connection: &&Connection| {
        connection.state() == ConnectionState::Hold && connection.station() == Some(station)
    };
    let shown = st.connections_shown_at(station).filter(is_held_here);
    let oldest = shown.min_by_key(|connection| connection.call()).map(Connection::key);
    if let Some(held) = oldest.filter(|_| st.active_at(station).is_none()) {
        hold_call::ring_back(st, held);
    }
    ended
}

fn answer_or_end(st: &mut State, station: StationId, reference: u32) -> Result<(), Refusal> {
    match ringing(st, station, 0).filter(|_| st.active_at(station).is_none()) {
        Some(ringing) => take_up(st, station, ringing),
        None => end_call(st, station, 0, reference),
    }
}

/// A number to forward to is complete when its user ends the call; any other call ends.
fn end(st: &mut State, station: StationId, key: ConnectionKey) -> Result<(), Refusal> {
    set_forwarding::end_entering(st, key).unwrap_or_else(|| clear_connection::clear_at(st, station, key))
}

fn line_key(st: &mut State, station: StationId, instance: u32) -> Result<(), Refusal> {
    if instance == 0 {
        return off_hook(st, station, 0, 0);
    }
    if let Some(lamp) = st.stations[station].lamps().iter().find(|lamp| lamp.instance == instance) {
        let number = st.lines[lamp.line].number().clone();
        return station_selected(st, station, &number);
    }
    if st.stations[station].line(instance).is_none() {
        return Ok(());
    }
    if let Some(ringing) = ringing(st, station, instance) {
        return take_up(st, station, ringing);
    }
    if st.active_at(station).is_some_and(|active| st.is_placed(station, instance, active.key())) {
        return Ok(());
    }
    match held(st, station, instance) {
        Some(held) => retrieve_call::retrieve(st, held, Some(station)),
        None => go_off_hook(st, station, instance).map(|_| ()),
    }
}

fn new_call(st: &mut State, station: StationId, instance: u32) -> Result<(), Refusal> {
    let active = st.active_at(station);
    let dialling = active.is_some_and(|active| active.state() == ConnectionState::Initiated);
    // An idle phone that names the line which rings, or none, means to answer it.
    let may_answer = active.is_none() && (instance == 0 || st.stations[station].line(instance).is_some());
    match may_answer.then(|| ringing(st, station, instance)).flatten() {
        Some(ringing) => take_up(st, station, ringing),
        None if dialling => Ok(()),
        None => go_off_hook(st, station, instance).map(|_| ()),
    }
}

fn answer(st: &mut State, station: StationId, instance: u32, reference: u32) -> Result<(), Refusal> {
    let target = match reference {
        0 => ringing(st, station, instance).or_else(|| ringing(st, station, 0)),
        _ => by_reference(st, station, reference),
    };
    match target {
        Some(ringing) => take_up(st, station, ringing),
        None => Ok(()),
    }
}

fn end_call(st: &mut State, station: StationId, instance: u32, reference: u32) -> Result<(), Refusal> {
    let target = match reference {
        0 => call_to_end(st, station, instance),
        _ => by_reference(st, station, reference).filter(|key| may_end(st, station, *key)),
    };
    match target {
        Some(key) if conference_call::end_by_key(st, key) => Ok(()),
        Some(key) => end(st, station, key),
        None => Ok(()),
    }
}

/// The active call, unless the key names another line and that rings; else what rings, else the only call.
fn call_to_end(st: &State, station: StationId, instance: u32) -> Option<ConnectionKey> {
    let active = st.active_at(station);
    let names_other = st.stations[station].line(instance).is_some()
        && active.is_none_or(|active| !st.is_placed(station, instance, active.key()));
    let other = names_other.then(|| ringing(st, station, instance)).flatten();
    other
        .or(active.map(Connection::key))
        .or_else(|| ringing(st, station, 0))
        .or_else(|| only_connection(st, station))
}

fn only_connection(st: &State, station: StationId) -> Option<ConnectionKey> {
    match st.keys_at(station).as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// A station may end what it holds and what rings at it, not what another station of the line talks on.
fn may_end(st: &State, station: StationId, key: ConnectionKey) -> bool {
    st.calls.connection(key).is_some_and(|c| c.station().is_none_or(|holder| holder == station))
}

fn will_hold(st: &State, key: ConnectionKey) -> bool {
    st.calls.connection(key).is_some_and(|connection| st.calls.permits(Verb::HoldCall, connection))
}

fn hold(st: &mut State, station: StationId, reference: u32) -> Result<(), Refusal> {
    let target = match reference {
        0 => st.active_at(station).map(Connection::key),
        _ => by_reference(st, station, reference),
    };
    match target.filter(|key| will_hold(st, *key) && may_end(st, station, *key)) {
        Some(key) => hold_call::hold(st, key, EventCause::Normal),
        None => Ok(()),
    }
}

fn resume(st: &mut State, station: StationId, instance: u32, reference: u32) -> Result<(), Refusal> {
    let target = match reference {
        0 => held(st, station, instance).or_else(|| held(st, station, 0)),
        _ => by_reference(st, station, reference),
    };
    let may_resume = |key: &ConnectionKey| st.calls.connection(*key).is_some_and(is_put_aside);
    let own = |key: &ConnectionKey| is_at(st, station, *key) || !is_held_privately(st, *key);
    match target.filter(may_resume).filter(own) {
        Some(key) => retrieve_call::retrieve(st, key, Some(station)),
        None => Ok(()),
    }
}

/// Holds a conversation; else goes back to the held call, giving up an attempt at another one.
fn hold_or_resume(st: &mut State, station: StationId) -> Result<(), Refusal> {
    let active = st.active_at(station).map(Connection::key);
    match active.filter(|active| will_hold(st, *active)) {
        Some(talking) => hold_call::hold(st, talking, EventCause::Normal),
        None => {
            let held = held(st, station, 0);
            match held.filter(|held| active.is_none() || is_at(st, station, *held)) {
                Some(held) => retrieve_call::retrieve(st, held, Some(station)),
                None => Ok(()),
            }
        }
    }
}

/// The one key of an analogue telephone: it answers the call that waits, holds a conversation to begin another
/// call or to go back to the held one, and else does what the hold button does.
fn hook_flash(st: &mut State, station: StationId) -> Result<(), Refusal> {
    if let Some(ringing) = ringing(st, station, 0) {
        return take_up(st, station, ringing);
    }
    let talking = st.active_at(station).filter(|active| st.calls.permits(Verb::HoldCall, active));
    let Some((talking, line)) = talking.map(|active| (active.key(), active.line())) else {
        return hold_or_resume(st, station);
    };
    if let Some(held) = held(st, station, 0).filter(|held| is_at(st, station, *held)) {
        return retrieve_call::retrieve(st, held, Some(station));
    }
    if st.has_free_channel(line) {
        return make_call::initiate(st, Initiation::by_user(station, line)).map(|_| ());
    }
    hold_call::hold(st, talking, EventCause::Normal)
}

/// Whether the station itself holds the connection, not another station of the line.
fn is_at(st: &State, station: StationId, key: ConnectionKey) -> bool {
    st.calls.connection(key).is_some_and(|connection| connection.station() == Some(station))
}

fn with_active(
    st: &mut State,
    station: StationId,
    act: impl FnOnce(&mut State, ConnectionKey),
) -> Result<(), Refusal> {
    if let Some(active) = st.active_at(station).map(Connection::key) {
        act(st, active);
    }
    Ok(())
}

fn enbloc(st: &mut State, station: StationId, instance: u32, number: &str) -> Result<(), Refusal> {
    let dialling = st
        .active_at(station)
        .filter(|active| active.state() == ConnectionState::Initiated)
        .map(Connection::key);
    let key = match dialling {
        Some(key) => key,
        None => go_off_hook(st, station, instance)?,
    };
    dialling::dial_number(st, key, number);
    Ok(())
}

fn speed_dial(st: &mut State, station: StationId, instance: u32) -> Result<(), Refusal> {
    let index = (instance as usize).wrapping_sub(1);
    let speed_dial = st.stations[station].settings().speed_dials.get(index);
    let number = speed_dial.map(|(number, _)| number.clone()).unwrap_or_default();
    match talks(st, station).filter(|_| !number.is_empty() && !st.settings.features.direct_station_select) {
        Some(active) => generate_digits::by_user(st, active, digits_of(&number)),
        None => station_selected(st, station, &number),
    }
}

/// Digits that a key of the switch keeps, without what only separates them.
fn digits_of(number: &str) -> SmolStr {
    number.chars().filter(|digit| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D')).collect()
}

/// The conversation of a user who consults nobody.
fn talks(st: &State, station: StationId) -> Option<ConnectionKey> {
    let active = st.active_at(station).filter(|own| own.state() == ConnectionState::Connected)?.key();
    (st.calls.is_established(active) && consultation_call::counterpart(st, active).is_none())
        .then_some(active)
}

/// The user has pressed a button with a number: the number is dialled. From a conversation its other party is transferred there
/// (`service dss`).
fn station_selected(st: &mut State, station: StationId, number: &SmolStr) -> Result<(), Refusal> {
    let active =
        talks(st, station).filter(|_| !number.is_empty() && st.settings.features.direct_station_select);
    let Some(active) = active else { return dial_stored(st, station, 0, number) };
    let key = consultation_call::begin(st, station, active, ConsultPurpose::BlindTransfer)?;
    dialling::dial_number(st, key, number);
    Ok(())
}

/// Dials a number that the switch keeps for the station, if there is one.
fn dial_stored(st: &mut State, station: StationId, instance: u32, number: &str) -> Result<(), Refusal> {
    if number.is_empty() { Err(Refusal::InvalidCalledDevice) } else { enbloc(st, station, instance, number) }
}

/// The ringing call goes to the voicemail system; so does who is in the active call, whose user leaves it.
fn divert_to_voicemail(st: &mut State, station: StationId, reference: u32) -> Result<(), Refusal> {
    let number = st.settings.features.voicemail.clone().ok_or(Refusal::InvalidDestination)?;
    let named = by_reference(st, station, reference);
    let rings = named.filter(|key| st.is(*key, ConnectionState::Alerting));
    let active = st.active_at(station).map(Connection::key);
    if let Some(ringing) = rings.or_else(|| ringing(st, station, 0).filter(|_| active.is_none())) {
        return deflect_call::deflect(st, ringing, &number);
    }
    let Some(active) = active else { return Ok(()) };
    make_call::check_called(st, st.calls.connection(active).map(Connection::line), &number)?;
    let key = consultation_call::begin(st, station, active, ConsultPurpose::BlindTransfer)?;
    dialling::dial_number(st, key, &number);
    Ok(())
}

/// Goes off-hook on a line instance, or with 0 on the first line that has a free channel.
fn go_off_hook(st: &mut State, station: StationId, instance: u32) -> Result<ConnectionKey, Refusal> {
    let here = &st.stations[station];
    let has_channel = |line: &LineId| st.has_free_channel(*line) && st.may_use(station, *line, None);
    let named = here.lines_of(instance).find(has_channel).or_else(|| here.line(instance));
    let line = named
        .or_else(|| here.lines().find(has_channel))
        .or_else(|| here.lines().next())
        .ok_or(Refusal::InvalidDevice)?;
    let is_expansion = here.expansions().iter().any(|expansion| expansion.instance == instance);
    let initiation = Initiation { urgency: Urgency::Perhaps, ..Initiation::by_user(station, line) };
    let key = make_call::initiate(st, initiation)?;
    if let Some(connection) = st.calls.connection_mut(key).filter(|_| is_expansion) {
        connection.expansion = instance;
    }
    if let Some(intercom) = st.lines[line].settings().intercom.clone() {
        dialling::dial_number(st, key, &intercom.number);
    }
    Ok(key)
}

/// The oldest call that rings at a line instance of the station, or with 0 at any, rings back there, or prompts its user.
fn ringing(st: &State, station: StationId, instance: u32) -> Option<ConnectionKey> {
    let rings = |connection: &&Connection| {
        let prompts = connection.is_prompting() && connection.station() == Some(station);
        let back = connection.rings_back && connection.station() == Some(station);
        prompts || back || st.rings_at(station, connection)
    };
    let shown = at_instance(st, station, instance);
    shown.filter(rings).min_by_key(|connection| connection.call()).map(Connection::key)
}

/// The connections that the station shows at a line instance, or with 0 at any.
fn at_instance(st: &State, station: StationId, instance: u32) -> impl Iterator<Item = &Connection> {
    let placed = st.placed_at(station).into_iter();
    placed.filter(move |(place, ..)| instance == 0 || *place == instance).map(|(_, _, connection)| connection)
}

/// Whether the call can be taken back: it is on hold, or goes on elsewhere.
fn is_put_aside(connection: &Connection) -> bool {
    connection.state() == ConnectionState::Hold || single_number_reach::is_elsewhere(connection)
}

/// The call that was held first of those that the station may take back.
fn held(st: &State, station: StationId, instance: u32) -> Option<ConnectionKey> {
    at_instance(st, station, instance)
        .filter(|connection| is_put_aside(connection))
        .filter(|connection| {
            connection.station() == Some(station)
                || (!st.is_private(station, connection.line()) && !barge::is_held_privately(st, connection))
        })
        .filter(|connection| st.may_use(station, connection.line(), Some(connection.key())))
        .min_by_key(|connection| (connection.station() != Some(station), connection.call()))
        .map(Connection::key)
}

fn is_held_privately(st: &State, key: ConnectionKey) -> bool {
    st.calls.connection(key).is_some_and(|own| barge::is_held_privately(st, own))
}

/// The connection that the phone names; `None` for 0 and for connections that have ended.
pub(crate) fn by_reference(st: &State, station: StationId, reference: u32) -> Option<ConnectionKey> {
    if reference == 0 {
        return None;
    }
    let mut shown = st.connections_shown_at(station);
    shown.find(|connection| connection.reference() == reference).map(Connection::key)
}
