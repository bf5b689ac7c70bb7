# An application lets a SIP phone answer, hold and take back: the phone is asked, and the answer comes when it has done it.
sip phone alice line 301
sip phone bob over TCP line 302
phone carol 7960 line 203
application console watches 301 302 203

console calls from 301 to 302
console succeeds
bob rings from 301
console answers at 302
console succeeds
alice is connected to 302
bob is connected to 301
console holds at 302
console succeeds
bob has 301 on hold
alice hears music
console retrieves at 302
console succeeds
bob is connected to 301
alice is connected to 302
bob holds
alice hears music
console retrieves at 302
console succeeds
bob is connected to 301
console clears at 301
console succeeds
alice is idle
bob is idle

console turns message waiting at 301 on
console succeeds
alice's message lamp 1 is On
console turns message waiting at 301 off
alice's message lamp 1 is Off
