// Which gated activation: what the kernels of both devices are chosen by.
#pragma once

namespace laurel {

enum class Gate { silu, gelu_tanh };

}  // namespace laurel
