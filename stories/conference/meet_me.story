# The MeetMe key opens a conference; others just dial its number.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
application console watches 600
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
  ephone-dn 3 dual-line
   number 203
  ephone-dn 4 octo-line
   number 600
   cti watch
   conference meetme
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

bob dials 600
bob hears LineBusyTone
bob hangs up
alice begins a call
alice presses MeetMe
alice types 600
alice is connected to 600
console sees Established at 600 lcs connected cause newCall
bob dials 600
console sees Conferenced at 600 lcs connected cause conference
carol dials 600
alice is in the mix
bob is in the mix
carol is in the mix
alice hangs up
bob hangs up
carol hangs up
console sees ConnectionCleared at 600 lcs null
