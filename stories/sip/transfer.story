# SIP phones transfer calls: after a consultation, while the third party rings, and without asking.
sip phone alice line 301
sip phone bob line 302
sip phone carol over TCP line 303
application console watches 301 302 303

alice dials 302
bob answers
bob is connected to 301
bob transfers to 303
carol rings from 302
bob has 301 on hold
carol answers
carol is connected to 302
bob transfers
bob is idle
alice is connected to 303
carol is connected to 301
alice hangs up
carol is idle

alice dials 302
bob answers
bob transfers to 303
carol rings from 302
bob transfers
carol answers
bob is idle
alice is connected to 303
carol is connected to 301
carol hangs up
alice is idle

alice dials 302
bob answers
bob transfers blindly to 303
carol rings
carol answers
bob is idle
alice is connected to 303
carol is connected to 301
carol hangs up
alice is idle
