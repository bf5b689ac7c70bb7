# Alice joins two calls with the Join key, looks at the list of participants, and another phone shows it too.
phone alice 7961 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
phone dave 7970 mac 0200.0000.0a04
application console watches 201 202 203
configuration
  voice service voip
   no cti shutdown
  telephony-service
   max-ephones 5
   max-dn 5
   conference hardware
   ip source-address 10.0.0.1 port 2000
  ephone-dn 1 octo-line
   number 201
   cti watch
  ephone-dn 2 dual-line
   number 202
   cti watch
  ephone-dn 3 dual-line
   number 203
   cti watch
  ephone-dn 4 dual-line
   number 204
  ephone-template 1
   softkeys connected Hold Endcall Trnsfer Confrn ConfList Join Select
   softkeys hold Resume Newcall Select Join
   conference drop-mode local
  ephone 1
   mac-address 0200.0000.0a01
   type 7961
   ephone-template 1
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

bob dials 201
alice answers
carol dials 201
alice answers
alice is connected to 203
alice presses Join
alice is in a conference with 202 203
bob is in a conference with 201 203
carol is in a conference with 201 202
console sees Conferenced at 201 lcs connected cause conference
console sees Conferenced at 203 lcs connected cause conference
dave dials 201
alice answers
alice presses Select
alice presses Join
alice is in a conference with 202 203 204
alice hangs up
bob is in a conference with 203 204
carol hangs up
bob is connected to 204
bob hangs up
dave is idle
