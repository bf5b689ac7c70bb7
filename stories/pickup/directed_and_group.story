# Carol picks up what rings at Alice: by her number, and as a member of the same group.
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
   pickup-group 10
   cti watch
  ephone-dn 2 dual-line
   number 3002
   cti watch
  ephone-dn 3 dual-line
   number 3003
   pickup-group 10
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
   button 1:3

bob dials 3001
alice rings from 3002
carol presses PickUp
carol types 3001
carol is connected to 3002
bob is connected to 3003
alice is idle
console sees Diverted at 3001 lcs null
console sees Established at 3003 lcs connected
carol hangs up
bob dials 3001
alice rings
carol presses GroupPickUp
carol is connected to 3002
alice is idle
bob hangs up
carol is idle
carol presses PickUp
carol types *
carol shows "No call available for pickup"
