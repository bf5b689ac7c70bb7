# Nobody is at Bob's phone: a line without its phone forwards as a busy one does, also the call that rang there.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
202 forwards to 203 on busy
application console watches 202

alice dials 202
bob rings
bob unregisters
carol rings from 201
console sees Diverted at 202 lcs null cause callForwardBusy onto 203
alice hangs up
bob is unplugged
after 2 minutes
alice dials 202
carol rings from 201
