# Carol and Dave share a line with eight channels. Dave enters the call that Carol has there; whoever leaves leaves two who talk on.
phone alice 7961 mac 0200.0000.0a01
phone carol 7970 mac 0200.0000.0a03
phone dave 7970 mac 0200.0000.0a04
application console watches 201 203
configuration
  voice service voip
   no cti shutdown
  telephony-service
   max-ephones 5
   max-dn 5
   no privacy
   ip source-address 10.0.0.1 port 2000
  ephone-dn 1 dual-line
   number 201
   cti watch
  ephone-dn 3 octo-line
   number 203
   cti watch
  ephone 1
   mac-address 0200.0000.0a01
   type 7961
   button 1:1
  ephone 3
   mac-address 0200.0000.0a03
   type 7970
   button 1:3
  ephone 4
   mac-address 0200.0000.0a04
   type 7970
   button 1:3

alice dials 203
carol answers
carol is connected to 201
dave presses Barge
dave shows "To Barge"
alice hears BargeIn
alice is in the mix
carol is in the mix
dave is in the mix
console sees Conferenced at 201 cause joinCall
carol hangs up
dave is connected to 201
alice hangs up
dave is idle
