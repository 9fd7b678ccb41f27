// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a host may send: the first byte chooses the message, the rest is its bytes. Conversions and the plans
// made from them must neither crash nor let a path out.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "guest-image/agent/mount/disk_source.hpp"
#include "guest-image/agent/mount/layered_rootfs.hpp"
#include "guest-image/agent/mount/verity_options.hpp"
#include "guest-image/agent/rpc/requests_from_proto.hpp"

namespace {

using namespace redoubt::guest;

constexpr std::string_view k_folder = "/run/kata-containers/c/multi-layer";

void plan(std::vector<mount::Storage> storages) {
    for (const auto& storage : storages)
        if (!mount::check_storage(storage)) return;
    auto expanded = mount::expand_layers(std::move(storages), std::string(k_folder));
    if (!expanded) return;
    for (auto& storage : *expanded) {
        // A layer is mounted below the folder and nowhere else.
        if (mount::is_layer(storage) && !storage.mount_point.starts_with(k_folder)) std::abort();
        std::ignore = mount::parse_disk_source(storage.driver, storage.source);
        const auto verity = mount::take_verity(storage.driver_options, storage.options);
        if (verity && *verity) std::ignore = mount::complete_verity(**verity, "/dev/sda", std::nullopt);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1); // NOLINT: bytes are bytes
    grpc::CreateContainerRequest container;
    grpc::CreateSandboxRequest sandbox;
    grpc::CopyFileRequest file;
    if (data[0] == 'c' && container.ParseFromString(bytes)) {
        if (auto request = rpc::container_request_from(container)) plan(std::move(request->storages));
    } else if (data[0] == 's' && sandbox.ParseFromString(bytes)) {
        plan(rpc::sandbox_request_from(sandbox).storages);
    } else if (data[0] == 'f' && file.ParseFromString(bytes)) {
        std::ignore = rpc::placed_file_from(std::move(file));
    }
    return 0;
}
