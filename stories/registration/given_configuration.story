# A configuration in IOS language, word for word.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
configuration
  hostname given
  voice service voip
   no cti shutdown
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
   system message Welcome
  ephone-dn 1 dual-line
   number 3001
   name Alice
  ephone-dn 2 dual-line
   number 3002
   name Bob
  ephone 1
   mac-address 0200.0000.0a01
   type 7960
   speed-dial 1 3002 label "Bob"
   button 1:1
  ephone 2
   mac-address 0200.0000.0a02
   type 7961
   button 1:2

alice is registered
bob is registered
alice presses speed dial 1
bob rings from 3001
bob answers
alice is connected to 3002
