// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a broken or hostile QEMU may send: no input may crash the decoder, and how the bytes are cut must not
// matter.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node-daemon/hypervisor/qemu/qmp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using redoubt::node::hypervisor::qemu::QmpDecoder;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    QmpDecoder whole;
    const auto at_once = whole.feed(bytes);

    QmpDecoder cut;
    std::size_t count = 0;
    bool is_good = true;
    for (std::size_t i = 0; i < size && is_good; ++i) {
        const auto messages = cut.feed(bytes.substr(i, 1));
        is_good = messages.has_value();
        if (is_good) count += messages->size();
    }
    if (at_once.has_value() != is_good) std::abort();
    if (at_once && at_once->size() != count) std::abort();
    return 0;
}
