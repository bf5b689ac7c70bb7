# An application parks a call; nobody fetches it, and it comes back to Alice.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
application console watches 3001 3002
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
  ephone-dn 4
   number 801
   park-slot timeout 10 limit 3 recall
  ephone 1
   mac-address 0200.0000.0a01
   type 7960
   button 1:1
  ephone 2
   mac-address 0200.0000.0a02
   type 7961
   button 1:2

bob dials 3001
console answers at 3001
console parks at 3001
console succeeds
alice is idle
alice rings from 3002 within 31 seconds
console sees Diverted at 3002
console sees Delivered at 3001 lcs alerting
alice answers
bob is connected to 3001
