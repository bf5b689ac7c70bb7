# Alice parks Bob, Carol dials the slot and talks to him.
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
  ephone-dn 4
   number 801
   park-slot
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
alice answers
alice parks
alice is idle
console sees Diverted at 3001 lcs null
console sees Queued at 3002 lcs connected
carol dials 801
carol is connected to 3002
bob is connected to 3003
console sees Established at 3003 lcs connected
