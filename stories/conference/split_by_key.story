# Alice, whose phone keeps conferences, splits one of three with Confrn: Bob waits while she talks to Carol. She joins them again, and
# splits them once more to say goodbye to Bob.
every step is checked
phone alice 7961 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
application console watches 201 202 203
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
   cti watch
  ephone-dn 3 dual-line
   number 203
   cti watch
  ephone 1
   mac-address 0200.0000.0a01
   type 7961
   keep-conference
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
alice answers
alice confers with 203
carol answers
alice confers
alice is in a conference with 202 203
alice presses Conference
alice is connected to 203
bob hears music
carol is connected to 201
console sees Held at 202 cause consultation
console sees ConnectionCleared at 202
console sees Established at 203 lcs connected
alice confers
bob is in a conference with 201 203
carol is in a conference with 201 202
alice presses Conference
alice resumes
alice is connected to 202
bob hangs up
alice resumes
alice is connected to 203
carol hangs up
alice is idle
