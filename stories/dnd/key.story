# Alice is not to be disturbed: calls fail; Carol's phone rings without a sound instead.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
application console watches 3001 3002 3003
configuration
  voice service voip
   no cti shutdown
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
  ephone-dn 1 dual-line
   number 3001
   cti watch
  ephone-dn 2 dual-line
   number 3002
   cti watch
  ephone-dn 3 dual-line
   number 3003
   cti watch
  ephone 1
   mac-address 0200.0000.0a01
   type 7960
   button 1:1
  ephone 2
   mac-address 0200.0000.0a02
   type 7961
   button 1:2
  ephone 3
   mac-address 0200.0000.0a03
   type 7970
   dnd feature-ring
   button 1:3

alice presses DoNotDisturb
alice shows "Do Not Disturb is active"
console sees DoNotDisturb at 3001
bob dials 3001
console sees Failed at 3002 cause doNotDisturb
bob shows "Busy"
bob hangs up
alice presses DoNotDisturb
alice shows "Hookflash"
bob dials 3001
alice rings from 3002
alice presses DoNotDisturb
alice rings silently
bob shows "Ring out DND"
alice answers
bob is connected to 3001
bob hangs up
carol presses DoNotDisturb
bob dials 3003
carol rings silently
bob shows "Ring out DND"
carol answers
carol is connected to 3002
