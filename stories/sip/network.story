# The network of SIP phones fails: they register again, and calls go on.
sip phone alice line 301
sip phone bob over TCP line 302
application console watches 301 302

alice dials 302
bob answers
alice is connected to 302
bob's connection breaks
bob is registered within 20 seconds
bob holds
alice hears music
bob resumes
alice is connected to 302
alice's next segment is lost
alice holds
bob hears music within 5 seconds
alice has 302 on hold
alice resumes
bob is connected to 301 within 5 seconds
bob hangs up
alice is idle

alice is unplugged
bob dials 301
bob is idle within 60 seconds
alice is plugged in
alice is registered within 40 seconds
bob dials 301
alice rings from 302 within 10 seconds
alice answers
alice is connected to 302
bob's segments arrive byte by byte
bob hangs up
alice is idle
bob unregisters
bob is registered within 5 seconds
