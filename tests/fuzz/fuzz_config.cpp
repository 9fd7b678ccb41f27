// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/config/settings.hpp"

/// Any text is either refused with a message that names the file, or gives settings that render to an equal
/// text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::config;
    const Schema schema({
        {.name = "state_dir", .default_value = std::string("/var/lib/redoubt")},
        {.name = "log.level", .default_value = std::string("info")},
        {.name = "sandbox.default_memory", .default_value = ByteSize{1}, .limits = Limits{0, 1LL << 40U}},
        {.name = "sandbox.default_vcpus", .default_value = std::int64_t{1}, .limits = Limits{1, 255}},
        {.name = "sandbox.boot_timeout", .default_value = Milliseconds(1000)},
        {.name = "sandbox.debug", .default_value = false},
        {.name = "image.registries", .default_value = Strings{}},
    });
    Settings settings(schema);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto status = settings.merge(text, "fuzz.toml"); !status) {
        if (!status.error().message.starts_with("fuzz.toml:")) std::abort();
        return 0;
    }
    Settings again(schema);
    if (!again.merge(settings.render(), "fuzz.toml") ||
        again.get<Strings>("image.registries") != settings.get<Strings>("image.registries")) {
        std::abort();
    }
    return 0;
}
