# An application sends digits into a call: the other phone plays their tones.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

bob dials 201
alice answers
bob is connected to 201
console sends 5 at 201
console succeeds
bob hears Dtmf5
console sees DigitsGenerated at 202
after 200 ms
bob is connected to 201
console sends 12 at 202
alice hears Dtmf1
alice hears Dtmf2
alice hangs up
bob is idle
