//! Taking secrets out of messages in JSON, in the same length.

/// Members whose value is a secret.
const SECRET_MEMBERS: [&[u8]; 2] = [b"\"password\"", b"\"secret\""];

/// Masks the strings of a message that are the value of a secret member.
pub(super) fn mask_json(message: &mut [u8]) {
    for name in SECRET_MEMBERS {
        let mut from = 0;
        while let Some(place) = find(message, name, from) {
            from = place + name.len();
            mask_value(message, from);
        }
    }
}

fn find(message: &[u8], name: &[u8], from: usize) -> Option<usize> {
    let rest = message.get(from..)?;
    rest.windows(name.len()).position(|part| part.eq_ignore_ascii_case(name)).map(|place| from + place)
}

/// Masks the string after a colon.
fn mask_value(message: &mut [u8], from: usize) {
    let rest = message.get_mut(from..).unwrap_or_default();
    let mut bytes = rest.iter_mut().skip_while(|byte| byte.is_ascii_whitespace() || **byte == b':');
    if bytes.next().is_none_or(|quote| *quote != b'"') {
        return;
    }
    let mut escaped = false;
    for byte in bytes {
        match (escaped, *byte) {
            (false, b'"') => return,
            (_, own) => {
                escaped = !escaped && own == b'\\';
                *byte = b'*';
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_message_is_kept() {
        let mut message =
            br#"{"userName":"u","password" : "ge\"heim","resume":{"token":"abc"},"x":"password"}"#.to_vec();
        let before = message.len();
        mask_json(&mut message);
        let masked = String::from_utf8(message).unwrap();
        assert_eq!(masked.len(), before);
        assert_eq!(
            masked,
            r#"{"userName":"u","password" : "********","resume":{"token":"abc"},"x":"password"}"#
        );
    }
}
