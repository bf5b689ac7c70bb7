# A call that was forwarded from Bob to Carol is picked up by Dave.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
phone dave 7970 mac 0200.0000.0a04
application console watches 201 202 203 204
configuration
  voice service voip
   no cti shutdown
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
  ephone-dn 1 dual-line
   number 201
   cti watch
  ephone-dn 2 dual-line
   number 202
   pickup-group 1
   call-forward noan 203 timeout 6
   cti watch
  ephone-dn 3 dual-line
   number 203
   pickup-group 1
   cti watch
  ephone-dn 4 dual-line
   number 204
   pickup-group 1
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
  ephone 4
   mac-address 0200.0000.0a04
   type 7970
   button 1:4

alice dials 202
bob rings from 201
carol rings from 201 within 7 seconds
console sees Diverted at 202 lcs null cause callForwardNoAnswer onto 203
dave presses GroupPickUp
dave types *
dave is connected to 201
carol is idle
bob is idle
console sees Diverted at 203 lcs null cause callPickup onto 204
console sees Established at 204 lcs connected cause callPickup
console sees Established at 201 lcs connected cause callPickup to 202 via 203
alice hangs up
dave is idle
