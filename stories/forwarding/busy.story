# Bob's line is configured to forward calls to Carol when it is busy; one that Bob rejects goes there too.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
phone dave 7960 line 204
202 forwards to 203 on busy
application console watches 202 203

dave dials 202
bob answers
alice dials 202
console sees Diverted at 202 lcs null cause callForwardBusy onto 203
carol rings from 201
alice hangs up
dave hangs up
alice dials 202
bob rings from 201
bob rejects
bob is idle
carol rings from 201
console sees Delivered at 203 cause callForwardBusy via 202
carol rejects
alice hears LineBusyTone
