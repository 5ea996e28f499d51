#include "rpc/avatar/identicon.h"

#include "state/crypto/keccak.h"

enum { SIDE = 5, COLUMNS = 3 }; /* the middle column is its own mirror image */

void identicon_write(struct mm_buf *svg, const mm_addr *addr)
{
    const mm_hash32 hash = keccak256(mm_bytes_addr(addr));
    const unsigned hue = hash.b[0] * 360u / 256u;
    const unsigned bits = (unsigned)hash.b[1] | (unsigned)hash.b[2] << 8;
    mm_buf_printf(svg,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-1 -1 7 7\" width=\"280\" "
                  "height=\"280\" shape-rendering=\"crispEdges\">"
                  "<path fill=\"hsl(%u,45%%,88%%)\" d=\"M-1-1h7v7h-7z\"/>"
                  "<path fill=\"hsl(%u,55%%,42%%)\" d=\"",
                  hue, hue);
    for (unsigned i = 0; i < COLUMNS * SIDE; i++) {
        const unsigned x = i % COLUMNS;
        const unsigned y = i / COLUMNS;
        if ((bits >> i & 1) == 0)
            continue;
        mm_buf_printf(svg, "M%u %uh1v1h-1z", x, y);
        if (x != SIDE - 1 - x)
            mm_buf_printf(svg, "M%u %uh1v1h-1z", SIDE - 1 - x, y);
    }
    mm_buf_add_text(svg, "\"/></svg>\n");
}
