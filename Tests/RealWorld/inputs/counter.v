// A counter that shows its upper bits: synthesised, placed, routed and packed.
module top(input clk, input reset, output reg [3:0] leds);
  reg [11:0] count;
  always @(posedge clk)
    if (reset) count <= 0;
    else begin
      count <= count + 1;
      leds <= count[11:8] ^ {count[3:0]};
    end
endmodule
