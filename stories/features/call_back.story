# Carol calls Alice, who is busy, and is called back when Alice is free; some numbers cannot be called at all.
phone alice 7960 mac 0200.0000.0a01
phone bob 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
application console watches 3003
configuration
  voice service voip
   no cti shutdown
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
   after-hours block pattern 1 3002 7-24
  ephone-dn 1
   number 3001
  ephone-dn 2 dual-line
   number 3002
  ephone-dn 3 dual-line
   number 3003
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

bob dials 3001
alice answers
carol dials 3001
carol shows "Busy"
carol presses CallBack
carol is idle
alice hangs up
carol shows "Call 3001?"
console sees ServiceInitiated at 3003 cause callBack
carol answers
alice rings from 3003
alice answers
carol is connected to 3001
carol hangs up
carol dials 3002
carol hears ReorderTone
carol hangs up
console calls from 3003 to 3002
console is refused with privilegeViolationCalledDevice
