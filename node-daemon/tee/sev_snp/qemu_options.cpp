// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/tee/sev_snp/qemu_options.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/base64.hpp"

namespace redoubt::node::tee::sev_snp {
namespace {

constexpr std::size_t k_host_data_size = 32;
constexpr std::size_t k_id_block_size = 96;
constexpr std::size_t k_id_auth_size = 4096;
// AMD 56860, guest policy.
constexpr std::uint64_t k_always_one = 1ULL << 17U;
constexpr std::uint64_t k_may_migrate = 1ULL << 18U;
constexpr std::uint64_t k_may_debug = 1ULL << 19U;

Status check(const LaunchOptions& launch) {
    if (launch.host_data.size() != k_host_data_size)
        return fail(Code::invalid_argument, "host data of {} bytes, where {} belong", launch.host_data.size(),
                    k_host_data_size);
    if ((launch.policy & k_always_one) == 0 || (launch.policy & (k_may_migrate | k_may_debug)) != 0)
        return fail(Code::invalid_argument, "guest policy {:#x} allows debugging or migration, or is none",
                    launch.policy);
    if (launch.id_block.empty() != launch.id_auth.empty() ||
        (!launch.id_block.empty() &&
         (launch.id_block.size() != k_id_block_size || launch.id_auth.size() != k_id_auth_size)))
        return fail(Code::invalid_argument,
                    "id block of {} bytes and its authentication of {}, not {} and {}",
                    launch.id_block.size(), launch.id_auth.size(), k_id_block_size, k_id_auth_size);
    if (launch.firmware.empty() || launch.firmware.contains(','))
        return fail(Code::invalid_argument, "'{}' is no file of a firmware", launch.firmware);
    return {};
}

boost::json::object render_launch(const LaunchOptions& launch) {
    boost::json::object object{{"qom-type", "sev-snp-guest"},
                               {"id", "tee0"},
                               {"cbitpos", launch.c_bit},
                               {"reduced-phys-bits", launch.reduced_phys_bits},
                               {"kernel-hashes", true},
                               {"policy", launch.policy},
                               {"host-data", encoding::to_base64(launch.host_data)}};
    if (launch.id_block.empty()) return object;
    object["id-block"] = encoding::to_base64(launch.id_block);
    object["id-auth"] = encoding::to_base64(launch.id_auth);
    object["author-key-enabled"] = launch.has_author_key;
    return object;
}

} // namespace

Result<std::vector<std::string>> qemu_options(const LaunchOptions& launch) {
    RDT_CHECK(check(launch));
    const boost::json::object memory{
        {"qom-type", "memory-backend-memfd"}, {"id", "ram0"}, {"size", launch.memory_bytes}, {"share", true}};
    return std::vector<std::string>{
        "-machine",
        "q35,confidential-guest-support=tee0,memory-backend=ram0,smm=off,vmport=off,dump-guest-core=off",
        "-accel",
        "kvm",
        "-cpu",
        launch.cpu_model,
        "-object",
        boost::json::serialize(memory),
        "-object",
        boost::json::serialize(render_launch(launch)),
        "-bios",
        launch.firmware};
}

} // namespace redoubt::node::tee::sev_snp
