// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <format>
#include <string>
#include <utility>
#include <vector>

#include "guest-image/agent/rpc/agent_service.hpp"
#include "guest-image/agent/rpc/requests_from_proto.hpp"

namespace redoubt::guest::rpc {

namespace {

/// A PCI path as Kata writes it everywhere else: "02/00".
std::string path_of_numbers(const google::protobuf::RepeatedField<std::uint32_t>& numbers) {
    std::string path;
    for (const auto number : numbers) path += std::format("{}{:02x}", path.empty() ? "" : "/", number);
    return path;
}

void fill(grpc::VolumeUsage& usage, const mount::VolumeUsage::Part& part, grpc::VolumeUsage::Unit unit) {
    usage.set_total(part.total);
    usage.set_available(part.available);
    usage.set_used(part.used);
    usage.set_unit(unit);
}

} // namespace

Task<Empty> AgentService::update_ephemeral_mounts(grpc::UpdateEphemeralMountsRequest request) {
    std::vector<mount::Storage> storages;
    for (const auto& storage : request.storages()) storages.push_back(storage_from(storage));
    co_return empty_answer(sandbox_.update_ephemeral_mounts(std::move(storages)));
}

Task<Empty> AgentService::copy_file(grpc::CopyFileRequest request) {
    RDT_CO_TRY(auto file, placed_file_from(std::move(request)));
    co_return empty_answer(sandbox_.place_file(std::move(file)));
}

Task<Empty> AgentService::add_swap(grpc::AddSwapRequest request) {
    if (request.pcipath_size() == 0) co_return fail(Code::invalid_argument, "the PCI path is empty");
    co_return empty_answer(co_await sandbox_.add_swap("blk", path_of_numbers(request.pcipath())));
}

Task<Empty> AgentService::add_swap_path(grpc::AddSwapPathRequest request) {
    co_return empty_answer(co_await sandbox_.add_swap("mmioblk", request.path()));
}

Task<grpc::VolumeStatsResponse> AgentService::get_volume_stats(grpc::VolumeStatsRequest request) {
    RDT_CO_TRY(const auto usage, sandbox_.volume_usage(request.volume_guest_path()));
    grpc::VolumeStatsResponse response;
    fill(*response.add_usage(), usage.bytes, grpc::VolumeUsage::BYTES);
    fill(*response.add_usage(), usage.inodes, grpc::VolumeUsage::INODES);
    response.mutable_volume_condition()->set_abnormal(false);
    response.mutable_volume_condition()->set_message("OK");
    co_return response;
}

Task<Empty> AgentService::resize_volume(grpc::ResizeVolumeRequest request) {
    co_return empty_answer(sandbox_.resize_volume(request.volume_guest_path(), request.size()));
}

} // namespace redoubt::guest::rpc
