# A SIP phone and an SCCP phone call each other.
phone alice 7960 line 201
sip phone bob line 302
sip phone carol over TCP line 303
application console watches 201 302 303

bob is registered
alice dials 302
bob rings from 201
alice hears ringing
console sees exactly ServiceInitiated DigitsDialed Originated Delivered at 201
bob answers
alice is connected to 302
bob is connected to 201
bob holds
alice hears music
bob has 201 on hold
bob resumes
bob is connected to 201
alice is connected to 302
bob hangs up
alice is idle
bob is idle

carol dials 302
bob rings from 303
carol hears ringing
bob rejects
carol is idle

carol dials 201
alice rings from 303
alice answers
carol is connected to 201
alice is connected to 303
alice hangs up
carol is idle
