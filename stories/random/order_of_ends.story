# Calls end in the order in which the device joined them, whichever call began first.
every step is checked
phone alice 7975 line 203
phone bob 7941 dual-line 202
phone carol 7975 dual-line 205
application console watches 205

alice begins a call
bob dials 205
console answers at 205
alice dials 205
carol answers
carol unregisters
