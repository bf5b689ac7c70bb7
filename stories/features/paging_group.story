# A page with a multicast group is sent once, whoever listens. A phone with unicast gets it by itself, and so does music on
# hold reach phones that take it from its group.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
configuration
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
   multicast moh 239.10.16.4 port 2000
  ephone-dn 1 dual-line
   number 201
  ephone-dn 2 dual-line
   number 202
  ephone-dn 3 dual-line
   number 203
  ephone-dn 4
   number 500
   name Warehouse
   paging ip 239.1.1.1 port 2000
  ephone 1
   mac-address 0200.0000.0a01
   type 7960
   button 1:1
  ephone 2
   mac-address 0200.0000.0a02
   type 7961
   paging-dn 4
   button 1:2
  ephone 3
   mac-address 0200.0000.0a03
   type 7970
   paging-dn 4 unicast
   no multicast-moh
   button 1:3

alice dials 500
alice is connected to 500
bob hears the group "239.1.1.1:2000"
carol is in the mix
alice is in the mix
alice hangs up
bob is idle
alice is idle
alice dials 202
bob answers
alice holds
bob hears the group "239.10.16.4:2000"
alice resumes
alice is connected to 202
alice hangs up
bob is idle
alice dials 203
carol answers
alice holds
carol hears music
carol hangs up
