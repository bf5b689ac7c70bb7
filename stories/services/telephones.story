# An application uses the phone of a user: its keys, its keypad and its microphone.
phone alice 7961 line 201
phone bob 7961 line 202
application console watches 201 202

console logs in
console presses the button "line1" at 201
console succeeds
console sees ServiceInitiated at 201 lcs initiated cause normal
alice hears InsideDialTone
console presses the button "key2" at 201
console sees DigitsDialed at 201 lcs initiated
console dials 02 at 201
console succeeds
console sees DigitsDialed at 201 lcs initiated
console sees Originated at 201 lcs connected
bob rings from 201
bob answers
alice is connected to 202
console turns the microphone at 201 off
console sees MicrophoneMute at 201
alice is muted
console turns the microphone at 201 on
alice is not muted
console presses the button "hold" at 201
console sees Held at 201 lcs hold cause normal
console presses the button "resume" at 201
console sees Retrieved at 201 lcs connected cause normal
console presses the button "nothing" at 201
console is refused with invalidButtonIdentifier
console presses the button "endCall" at 201
alice is idle
