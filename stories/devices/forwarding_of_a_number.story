# What the phone of a number's second line forwards, the number forwards: applications and the other phones see it.
every step is checked
phone alice 7960 own line 210
phone bob 7961 own line 210
phone dave 7960 line 201
phone erin 7960 line 202
application console watches 210

bob forwards to 202
console sees Forwarding at 210
alice is forwarded to 202
console asks how 210 is forwarded
console finds calls forwarded to 202
dave dials 210
erin rings from 201
dave hangs up
console stops forwarding 210
alice is not forwarded
bob is not forwarded
