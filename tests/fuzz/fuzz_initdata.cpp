// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// The guest reads this disk, this annotation and this text from a host it does not trust, before anything
// else.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/initdata/initdata.hpp"
#include "common/initdata/initdata_disk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::initdata;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)read_annotation(bytes);
    if (const auto toml = read_disk(bytes))
        if (toml->size() > k_max_toml) std::abort();
    if (const auto parsed = Initdata::parse(bytes)) {
        if (parsed->host_data().size() != k_host_data_size || parsed->entries().size() > k_max_entries)
            std::abort();
        const auto again = render(parsed->digest().algorithm(), parsed->entries());
        if (again && Initdata::parse(*again)->entries() != parsed->entries())
            std::abort(); // escapes may make it too long
        if (read_disk(make_disk(bytes).value()).value() != bytes) std::abort();
    }
    return 0;
}
