# Bob calls a group: its members ring one after the other, and in another group all at once.
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
   button 1:3
  ephone-hunt 1 sequential
   pilot 500
   list 3001, 3003
   timeout 5
   final 3002
  ephone-hunt 2 parallel
   pilot 501
   list 3001, 3003

bob dials 500
alice rings from 3002
console sees Delivered at 3002 lcs connected to 500
after 6 seconds
carol rings from 3002
alice is idle
console sees Diverted at 3001 cause distributed
carol answers
bob is connected to 3003
bob hangs up
bob dials 501
alice rings from 3002
carol rings from 3002
console sees Delivered at 3002 cause multipleAlerting
alice answers
carol is idle
console sees ConnectionCleared at 3003
bob is connected to 3001
