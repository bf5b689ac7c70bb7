//! What the user of a phone does.
//!
//! The plain ones (`press_line`, `lift_handset`, ...) report one action. The others ([`Phone::dial`],
//! [`Phone::answer`], [`Phone::hang_up`], ...) do what a user does who looks at the display: they find the call
//! that is meant and press the key that the phone offers for it.

use hookflash_wire::sccp::{
    CallState, ClientMessage, EnblocCall, HookEvent, KeypadButton, KeypadPress, SoftKey, SoftKeyEvent,
    Stimulus, StimulusPress, Text,
};
use smol_str::{SmolStr, format_smolstr};

use super::{Call, Phone, Registration};

/// Why a user cannot do what they want.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CannotPress {
    /// The phone is not registered.
    #[error("the phone is {0:?}")]
    NotRegistered(Registration),
    /// The display does not offer the key.
    #[error("the display does not offer {0}")]
    NotOffered(SoftKey),
    /// No soft key has this name.
    #[error("there is no soft key {0}")]
    NoSuchKey(SmolStr),
    /// No call is in the state that the action is for.
    #[error("no call {0}")]
    NoCall(&'static str),
    /// No calls are forwarded.
    #[error("no calls are forwarded")]
    NotForwarded,
    /// The character is not on the keypad.
    #[error("{0:?} is not on the keypad")]
    NotOnKeypad(char),
}

impl Phone {
    /// Lifts the handset.
    ///
    /// # Errors
    /// The phone is not registered.
    pub fn lift_handset(&mut self) -> Result<(), CannotPress> {
        self.check_registered()?;
        self.handset_up = true;
        let event = self.hook_event(self.screen.ringing());
        self.send(&ClientMessage::OffHook(event));
        Ok(())
    }

    /// Puts the handset back.
    ///
    /// # Errors
    /// The phone is not registered.
    pub fn replace_handset(&mut self) -> Result<(), CannotPress> {
        self.check_registered()?;
        self.handset_up = false;
        let event = self.hook_event(self.screen.active());
        self.send(&ClientMessage::OnHook(event));
        Ok(())
    }

    /// Presses the loudspeaker button: off-hook, or on-hook if it is on.
    ///
    /// # Errors
    /// The phone is not registered.
    pub fn press_speaker(&mut self) -> Result<(), CannotPress> {
        self.check_registered()?;
        self.screen.speaker = !self.screen.speaker;
        if self.screen.speaker {
            let event = self.hook_event(self.screen.ringing());
            self.send(&ClientMessage::OffHook(event));
        } else {
            let event = self.hook_event(self.screen.active());
            self.send(&ClientMessage::OnHook(event));
        }
        Ok(())
    }

    /// Presses a line button.
    ///
    /// # Errors
    /// The phone is not registered.
    pub fn press_line(&mut self, line: u32) -> Result<(), CannotPress> {
        self.press_button(Stimulus::LINE, line)
    }

    /// Presses a speed-dial button.
    ///
    /// # Errors
    /// The phone is not registered.
    pub fn press_speed_dial(&mut self, instance: u32) -> Result<(), CannotPress> {
        self.press_button(Stimulus::SPEED_DIAL, instance)
    }

    /// Presses any button of the template, or one with a fixed function (instance 0).
    ///
    /// # Errors
    /// The phone is not registered.
    pub fn press_button(&mut self, stimulus: Stimulus, instance: u32) -> Result<(), CannotPress> {
        self.check_registered()?;
        self.send(&ClientMessage::Stimulus(StimulusPress {
            stimulus,
            instance,
            call_reference: Some(0),
            status: None,
        }));
        Ok(())
    }

    /// Presses a soft key for a call, or for none.
    ///
    /// # Errors
    /// The phone is not registered, or does not offer the key.
    pub fn press_soft_key(&mut self, key: SoftKey, call: Option<(u32, u32)>) -> Result<(), CannotPress> {
        self.check_registered()?;
        let (line, call_reference) = call.unwrap_or_default();
        let shown = self.screen.call(call_reference).and_then(|call| call.soft_keys);
        if !self.soft_keys.offers(shown.unwrap_or(self.screen.soft_keys), key) {
            return Err(CannotPress::NotOffered(key));
        }
        self.send(&ClientMessage::SoftKeyEvent(SoftKeyEvent { event: key, line, call_reference }));
        Ok(())
    }

    /// Presses the soft key with this name, such as `PickUp`, for the call that is active, rings or is held, in that
    /// order, or for none.
    ///
    /// # Errors
    /// The phone is not registered, or has no such key, or does not offer it now.
    pub fn press_key_named(&mut self, name: &str) -> Result<(), CannotPress> {
        let named = |key: &SoftKey| key.name().is_some_and(|known| known.eq_ignore_ascii_case(name));
        let key = SoftKey::ALL.iter().copied().find(named);
        let key = key.ok_or_else(|| CannotPress::NoSuchKey(SmolStr::new(name)))?;
        self.press_key(key)
    }

    /// Presses a soft key for the call that is active, rings or is held, in that order, or for none; cBarge for one that another
    /// phone of the line has.
    ///
    /// # Errors
    /// The phone is not registered, or does not offer the key now.
    pub fn press_key(&mut self, key: SoftKey) -> Result<(), CannotPress> {
        let own = self.screen.active().or(self.screen.ringing()).or(self.screen.held());
        let call = match key {
            SoftKey::BARGE | SoftKey::C_BARGE => self.screen.elsewhere(),
            _ => own,
        };
        let call = call.map(place);
        self.press_soft_key(key, call)
    }

    /// Presses a key of the keypad.
    ///
    /// # Errors
    /// The phone is not registered, or has no such key.
    pub fn press_digit(&mut self, digit: char) -> Result<(), CannotPress> {
        self.check_registered()?;
        let button = KeypadButton::from_char(digit).ok_or(CannotPress::NotOnKeypad(digit))?;
        let (line, call_reference) = self.screen.active().map(place).unwrap_or_default();
        self.send(&ClientMessage::KeypadButton(KeypadPress {
            button,
            line: Some(line),
            call_reference: Some(call_reference),
        }));
        Ok(())
    }

    /// Dials a whole number at once, as from a list of calls.
    ///
    /// # Errors
    /// The phone is not registered.
    pub fn dial_at_once(&mut self, number: &str) -> Result<(), CannotPress> {
        self.check_registered()?;
        self.send(&ClientMessage::EnblocCall(EnblocCall { number: Text::from(number), line: 0 }));
        Ok(())
    }

    /// Begins a new call, waits for the dial tone and types a number, key by key.
    ///
    /// # Errors
    /// The phone is not registered or does not offer a new call; a character is not on the keypad.
    pub fn dial(&mut self, number: &str) -> Result<(), CannotPress> {
        self.check_registered()?;
        check_number(number)?;
        let dialling = self.screen.active().is_some_and(|call| call.state == CallState::OFF_HOOK);
        self.to_dial = SmolStr::new(number);
        if dialling {
            self.type_pending_digits();
            Ok(())
        } else {
            self.begin_call()
        }
    }

    /// Begins a new call: the NewCall key, or off-hook where there is none.
    ///
    /// # Errors
    /// The phone is not registered or does not offer a new call.
    pub fn begin_call(&mut self) -> Result<(), CannotPress> {
        if !self.has_soft_keys() {
            return self.lift_handset();
        }
        let current = self.screen.held().or(self.screen.active()).map(place);
        self.press_soft_key(SoftKey::NEW_CALL, current)
    }

    /// Forwards all calls: presses CFwdAll, waits for the dial tone and types the number and `#`. Where calls are
    /// forwarded already, that is cancelled first.
    ///
    /// # Errors
    /// The phone is not registered or does not offer the key; a character is not on the keypad.
    pub fn forward_all(&mut self, number: &str) -> Result<(), CannotPress> {
        check_number(number)?;
        let dialling = self.screen.active().is_some_and(|call| call.state == CallState::OFF_HOOK);
        if self.forwards_all() {
            self.press_forward_all()?;
        }
        self.press_forward_all()?;
        self.to_dial = format_smolstr!("{number}#");
        if dialling {
            self.type_pending_digits();
        }
        Ok(())
    }

    /// Forwards calls no more.
    ///
    /// # Errors
    /// The phone is not registered, no calls are forwarded, or it does not offer the key.
    pub fn stop_forwarding(&mut self) -> Result<(), CannotPress> {
        self.check_registered()?;
        if self.forwards_all() { self.press_forward_all() } else { Err(CannotPress::NotForwarded) }
    }

    /// Presses CFwdAll: the soft key, or the button where there is none.
    ///
    /// # Errors
    /// The phone is not registered or does not offer the key.
    pub fn press_forward_all(&mut self) -> Result<(), CannotPress> {
        if !self.has_soft_keys() {
            return self.press_button(Stimulus::FORWARD_ALL, 0);
        }
        let call = self.screen.active().map(place);
        self.press_soft_key(SoftKey::FORWARD_ALL, call)
    }

    /// Whether the line that CFwdAll is about forwards all calls: that of the active call, or the first.
    pub fn forwards_all(&self) -> bool {
        let line = self.screen.active().filter(|_| self.has_soft_keys()).map_or(1, |call| call.line);
        self.screen.forwarding(line).is_some_and(|stat| stat.all.is_some())
    }

    /// Begins a transfer: presses Transfer, waits for the dial tone and types the number.
    ///
    /// # Errors
    /// The phone is not registered or does not offer the key; a character is not on the keypad.
    pub fn transfer_to(&mut self, number: &str) -> Result<(), CannotPress> {
        self.press_and_dial(number, Phone::press_transfer)
    }

    /// Begins to add somebody to the call: presses Confrn, waits for the dial tone and types the number.
    ///
    /// # Errors
    /// The phone is not registered or does not offer the key; a character is not on the keypad.
    pub fn confer_with(&mut self, number: &str) -> Result<(), CannotPress> {
        self.press_and_dial(number, Phone::press_conference)
    }

    fn press_and_dial(
        &mut self,
        number: &str,
        press: impl FnOnce(&mut Phone) -> Result<(), CannotPress>,
    ) -> Result<(), CannotPress> {
        check_number(number)?;
        press(self)?;
        self.to_dial = SmolStr::new(number);
        Ok(())
    }

    /// Presses Transfer for the active call: the soft key, or the button where there is none.
    ///
    /// # Errors
    /// The phone is not registered or does not offer the key.
    pub fn press_transfer(&mut self) -> Result<(), CannotPress> {
        self.press_call_key(SoftKey::TRANSFER, Stimulus::TRANSFER)
    }

    /// Presses Confrn for the active call: the soft key, or the button where there is none.
    ///
    /// # Errors
    /// The phone is not registered or does not offer the key.
    pub fn press_conference(&mut self) -> Result<(), CannotPress> {
        self.press_call_key(SoftKey::CONFERENCE, Stimulus::CONFERENCE)
    }

    /// Presses Park for the active call: the soft key, or the button where there is none.
    ///
    /// # Errors
    /// The phone is not registered or does not offer the key.
    pub fn press_park(&mut self) -> Result<(), CannotPress> {
        self.press_call_key(SoftKey::PARK, Stimulus::CALL_PARK)
    }

    fn press_call_key(&mut self, key: SoftKey, button: Stimulus) -> Result<(), CannotPress> {
        let call = self.screen.active().map(place).ok_or(CannotPress::NoCall("is active"))?;
        self.key_or(key, call, |phone| phone.press_button(button, 0))
    }

    /// Answers the call that rings longest.
    ///
    /// # Errors
    /// The phone is not registered, nothing rings, or it does not offer to answer.
    pub fn answer(&mut self) -> Result<(), CannotPress> {
        let call = self.screen.ringing().map(place).ok_or(CannotPress::NoCall("rings"))?;
        self.key_or(SoftKey::ANSWER, call, Phone::lift_handset)
    }

    /// Ends the call the user is in, or rejects the one that rings; switches the loudspeaker off if there is none.
    ///
    /// # Errors
    /// The phone is not registered, or there is no such call.
    pub fn hang_up(&mut self) -> Result<(), CannotPress> {
        if self.handset_up {
            return self.replace_handset();
        }
        let call = self.screen.active().or(self.screen.ringing()).or(self.screen.held());
        if call.is_none() && self.screen.speaker {
            return self.press_speaker();
        }
        let call = call.map(place).ok_or(CannotPress::NoCall("to end"))?;
        self.key_or(SoftKey::END_CALL, call, Phone::replace_handset)
    }

    /// Rejects the call that rings longest.
    ///
    /// # Errors
    /// The phone is not registered, nothing rings, or it does not offer to reject.
    pub fn reject(&mut self) -> Result<(), CannotPress> {
        let call = self.screen.ringing().map(place).ok_or(CannotPress::NoCall("rings"))?;
        self.press_soft_key(SoftKey::END_CALL, Some(call))
    }

    /// Puts the connected call aside.
    ///
    /// # Errors
    /// The phone is not registered, or no call is connected.
    pub fn hold(&mut self) -> Result<(), CannotPress> {
        let call = self.screen.connected().map(place).ok_or(CannotPress::NoCall("is connected"))?;
        self.key_or(SoftKey::HOLD, call, |phone| phone.press_button(Stimulus::HOLD, 0))
    }

    /// Takes the call that was put aside back.
    ///
    /// # Errors
    /// The phone is not registered, or no call is on hold.
    pub fn resume(&mut self) -> Result<(), CannotPress> {
        let call = self.screen.held().map(place).ok_or(CannotPress::NoCall("is on hold"))?;
        self.key_or(SoftKey::RESUME, call, |phone| phone.press_button(Stimulus::HOLD, 0))
    }

    /// The user does not wait for a dial tone any more: what [`Phone::dial`] or [`Phone::forward_all`]
    /// was to type is forgotten.
    pub fn stop_dialling(&mut self) {
        self.to_dial = SmolStr::default();
    }

    pub(super) fn type_pending_digits(&mut self) {
        for digit in std::mem::take(&mut self.to_dial).chars() {
            // The characters were checked when the number was given.
            let _ = self.press_digit(digit);
        }
    }

    /// Presses the key where there are soft keys, else does the other thing.
    fn key_or(
        &mut self,
        key: SoftKey,
        call: (u32, u32),
        other: impl FnOnce(&mut Phone) -> Result<(), CannotPress>,
    ) -> Result<(), CannotPress> {
        if self.has_soft_keys() { self.press_soft_key(key, Some(call)) } else { other(self) }
    }

    fn has_soft_keys(&self) -> bool {
        self.settings.model.model().is_some_and(|model| model.soft_keys)
    }

    fn check_registered(&self) -> Result<(), CannotPress> {
        match self.registration {
            Registration::Registered => Ok(()),
            other => Err(CannotPress::NotRegistered(other)),
        }
    }

    /// Phones tell which call they mean from version 11 on.
    fn hook_event(&self, call: Option<&Call>) -> HookEvent {
        let (line, call_reference) = match call {
            Some(call) if self.encoding.version.stop_tone_names_tone() => place(call),
            _ => (0, 0),
        };
        HookEvent { line: Some(line), call_reference: Some(call_reference) }
    }
}

fn check_number(number: &str) -> Result<(), CannotPress> {
    match number.chars().find(|digit| KeypadButton::from_char(*digit).is_none()) {
        Some(wrong) => Err(CannotPress::NotOnKeypad(wrong)),
        None => Ok(()),
    }
}

fn place(call: &Call) -> (u32, u32) {
    (call.line, call.reference)
}
