# A call to Alice's office number also rings at her mobile phone (Carol's, here), goes on there, and comes back to her desk.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
application console watches 201 203
configuration
  hostname given
  voice service voip
   no cti shutdown
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
  ephone-dn 1 dual-line
   number 201
   name Alice
   cti watch
   mobility
   snr 203 delay 3 timeout 20 cfwd-noan 202
  ephone-dn 2 dual-line
   number 202
  ephone-dn 3 dual-line
   number 203
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

bob dials 201
alice rings from 202
carol does not ring
after 4 seconds
carol rings from 202
console sees Delivered at 201 lcs alerting cause newCall
console sees Delivered at 203 lcs alerting cause newCall from 201 to 203
carol answers
bob is in the mix
carol is in the mix
console sees Established at 201 lcs connected
console sees Established at 203 lcs connected
alice does not ring
alice presses Resume
alice is connected to 202
carol is idle
console sees ConnectionCleared at 203 lcs null
console sees nothing more at 201
bob hangs up
console sees ConnectionCleared at 201 lcs null
alice is idle
# At an idle phone the Mobility key switches it off.
alice presses Mobility
bob dials 201
after 6 seconds
carol does not ring
bob hangs up
