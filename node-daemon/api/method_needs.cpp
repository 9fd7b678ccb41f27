// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/method_needs.hpp"

#include <array>
#include <format>
#include <map>
#include <string>

#include "redoubt/node/v1/access.pb.h"
#include "redoubt/node/v1/attestation.pb.h"
#include "redoubt/node/v1/monitor.pb.h"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {
namespace {

using access::Need;

constexpr auto k_needs = std::to_array<MethodNeed>({
    {"Node.CreateContainer", Need::admin},
    {"Node.StartContainer", Need::admin},
    {"Node.StopContainer", Need::admin},
    {"Node.KillContainer", Need::admin},
    {"Node.RemoveContainer", Need::admin},
    {"Node.ListContainers", Need::viewer},
    {"Node.InspectContainer", Need::viewer},
    {"Node.WaitContainer", Need::viewer},
    {"Node.Logs", Need::viewer},
    {"Node.Attach", Need::admin},
    {"Node.Exec", Need::admin},
    {"Node.PauseContainer", Need::admin},
    {"Node.UnpauseContainer", Need::admin},
    {"Node.RestartContainer", Need::admin},
    {"Node.RenameContainer", Need::admin},
    {"Node.UpdateContainer", Need::admin},
    {"Node.ContainerStats", Need::viewer},
    {"Node.TopContainer", Need::viewer},
    {"Node.DiffContainer", Need::viewer},
    {"Node.StatPath", Need::admin},
    {"Node.CopyFrom", Need::admin},
    {"Node.CopyTo", Need::admin},
    {"Node.Events", Need::viewer},
    {"Node.CreatePod", Need::admin},
    {"Node.StartPod", Need::admin},
    {"Node.StopPod", Need::admin},
    {"Node.KillPod", Need::admin},
    {"Node.RemovePod", Need::admin},
    {"Node.ListPods", Need::viewer},
    {"Node.InspectPod", Need::viewer},
    {"Node.ListNetworks", Need::viewer},
    {"Node.InspectNetwork", Need::viewer},
    {"Node.CreateNetwork", Need::admin},
    {"Node.RemoveNetwork", Need::admin},
    {"Node.PruneNetworks", Need::admin},
    {"Node.PullImage", Need::admin},
    {"Node.CheckLogin", Need::admin},
    {"Node.ImportImage", Need::admin},
    {"Node.ListImages", Need::viewer},
    {"Node.InspectImage", Need::viewer},
    {"Node.RemoveImage", Need::admin},
    {"Node.PruneImages", Need::admin},
    {"Node.CreateVolume", Need::admin},
    {"Node.ListVolumes", Need::viewer},
    {"Node.InspectVolume", Need::viewer},
    {"Node.RemoveVolume", Need::admin},
    {"Node.PruneVolumes", Need::admin},
    {"Node.ResizeVolume", Need::admin},
    {"Node.GetNodeInfo", Need::viewer},
    {"Node.CheckNode", Need::viewer},
    {"Node.DrainNode", Need::admin},
    {"Node.ResumeNode", Need::admin},
    {"Node.GetDiskUsage", Need::viewer},
    {"Access.Pair", Need::nothing},
    {"Access.GetIdentity", Need::viewer},
    {"Access.OpenPairing", Need::local},
    {"Access.GetPairing", Need::local},
    {"Access.ClosePairing", Need::local},
    {"Access.ListClients", Need::viewer},
    {"Access.AddClient", Need::admin},
    {"Access.RemoveClient", Need::admin},
    {"Access.ReadAudit", Need::viewer},
    {"Access.FetchRecoveryKey", Need::admin},
    {"Access.ConfirmRecoveryKey", Need::admin},
    {"Attestation.GetEvidence", Need::viewer},
    {"Attestation.ActivateCredential", Need::admin},
    {"Monitor.GetHistory", Need::viewer},
});

/// By the full name of the request's type; none where two methods share one.
std::map<std::string, std::optional<MethodNeed>> needs_by_request() {
    std::map<std::string, std::optional<MethodNeed>> found;
    for (const auto* file :
         {v1::PairRequest::descriptor()->file(), v1::GetEvidenceRequest::descriptor()->file(),
          v1::GetHistoryRequest::descriptor()->file(), v1::GetNodeInfoRequest::descriptor()->file()}) {
        for (int s = 0; s < file->service_count(); ++s) {
            const auto* service = file->service(s);
            for (int m = 0; m < service->method_count(); ++m) {
                const auto name = std::format("{}.{}", service->name(), service->method(m)->name());
                std::optional<MethodNeed> entry;
                for (const auto& need : k_needs)
                    if (need.method == name) entry = need;
                const auto [place, is_new] =
                    found.emplace(service->method(m)->input_type()->full_name(), entry);
                if (!is_new) place->second.reset();
            }
        }
    }
    return found;
}

} // namespace

std::span<const MethodNeed> method_needs() {
    return k_needs;
}

std::optional<MethodNeed> need_of(const google::protobuf::Descriptor& request) {
    static const auto needs = needs_by_request();
    const auto found = needs.find(request.full_name());
    return found == needs.end() ? std::nullopt : found->second;
}

} // namespace redoubt::node::api
