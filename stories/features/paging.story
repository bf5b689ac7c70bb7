# A page is heard at the idle phones of a paging number, whose microphones are off. It is no call of their users.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
configuration
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
  ephone-dn 1 dual-line
   number 201
  ephone-dn 2 dual-line
   number 202
  ephone-dn 3 dual-line
   number 203
  ephone-dn 4
   number 500
   name Warehouse
   paging
  ephone 1
   mac-address 0200.0000.0a01
   type 7960
   button 1:1
  ephone 2
   mac-address 0200.0000.0a02
   type 7961
   paging-dn 4 unicast
   button 1:2
  ephone 3
   mac-address 0200.0000.0a03
   type 7970
   paging-dn 4 unicast
   button 1:3

alice dials 500
alice is connected to 500
bob is muted
carol is muted
alice is in the mix
carol hangs up
carol is idle
alice hangs up
bob is idle
alice is idle
