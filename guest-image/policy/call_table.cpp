// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/message_table.hpp"

namespace redoubt::guest::policy {
namespace {

constexpr std::string_view k_kata = "grpc.AgentService";
constexpr std::string_view k_documents = "redoubt.agent.v1.ConfigDocuments";
constexpr std::string_view k_access = "redoubt.agent.v1.ContainerAccess";

struct Call {
    std::string_view service;
    std::string_view method;
    std::string_view request;
};

// tests/unit/guest-image/policy compares this with the contracts in common/contracts/proto.
// clang-format off
constexpr Call k_calls[] = {
    {k_kata, "CreateContainer", "CreateContainerRequest"},
    {k_kata, "StartContainer", "StartContainerRequest"},
    {k_kata, "RemoveContainer", "RemoveContainerRequest"},
    {k_kata, "ExecProcess", "ExecProcessRequest"},
    {k_kata, "SignalProcess", "SignalProcessRequest"},
    {k_kata, "WaitProcess", "WaitProcessRequest"},
    {k_kata, "UpdateContainer", "UpdateContainerRequest"},
    {k_kata, "UpdateEphemeralMounts", "UpdateEphemeralMountsRequest"},
    {k_kata, "StatsContainer", "StatsContainerRequest"},
    {k_kata, "PauseContainer", "PauseContainerRequest"},
    {k_kata, "ResumeContainer", "ResumeContainerRequest"},
    {k_kata, "RemoveStaleVirtiofsShareMounts", "RemoveStaleVirtiofsShareMountsRequest"},
    {k_kata, "GetDiagnosticData", "GetDiagnosticDataRequest"},
    {k_kata, "WriteStdin", "WriteStreamRequest"},
    {k_kata, "ReadStdout", "ReadStreamRequest"},
    {k_kata, "ReadStderr", "ReadStreamRequest"},
    {k_kata, "CloseStdin", "CloseStdinRequest"},
    {k_kata, "TtyWinResize", "TtyWinResizeRequest"},
    {k_kata, "UpdateInterface", "UpdateInterfaceRequest"},
    {k_kata, "UpdateRoutes", "UpdateRoutesRequest"},
    {k_kata, "ListInterfaces", "ListInterfacesRequest"},
    {k_kata, "ListRoutes", "ListRoutesRequest"},
    {k_kata, "AddARPNeighbors", "AddARPNeighborsRequest"},
    {k_kata, "GetIPTables", "GetIPTablesRequest"},
    {k_kata, "SetIPTables", "SetIPTablesRequest"},
    {k_kata, "GetMetrics", "GetMetricsRequest"},
    {k_kata, "MemAgentMemcgSet", "MemAgentMemcgConfig"},
    {k_kata, "MemAgentCompactSet", "MemAgentCompactConfig"},
    {k_kata, "CreateSandbox", "CreateSandboxRequest"},
    {k_kata, "DestroySandbox", "DestroySandboxRequest"},
    {k_kata, "OnlineCPUMem", "OnlineCPUMemRequest"},
    {k_kata, "ReseedRandomDev", "ReseedRandomDevRequest"},
    {k_kata, "GetGuestDetails", "GuestDetailsRequest"},
    {k_kata, "MemHotplugByProbe", "MemHotplugByProbeRequest"},
    {k_kata, "SetGuestDateTime", "SetGuestDateTimeRequest"},
    {k_kata, "CopyFile", "CopyFileRequest"},
    {k_kata, "GetOOMEvent", "GetOOMEventRequest"},
    {k_kata, "AddSwap", "AddSwapRequest"},
    {k_kata, "AddSwapPath", "AddSwapPathRequest"},
    {k_kata, "GetVolumeStats", "VolumeStatsRequest"},
    {k_kata, "ResizeVolume", "ResizeVolumeRequest"},
    {k_kata, "SetPolicy", "SetPolicyRequest"},
    {k_documents, "Put", "PutDocumentRequest"},
    {k_access, "ListProcesses", "ListProcessesRequest"},
    {k_access, "ListChanges", "ListChangesRequest"},
    {k_access, "StatPath", "StatPathRequest"},
    {k_access, "OpenArchive", "OpenArchiveRequest"},
    {k_access, "ReadArchive", "ReadArchiveRequest"},
    {k_access, "OpenUnpacking", "OpenUnpackingRequest"},
    {k_access, "WriteArchive", "WriteArchiveRequest"},
    {k_access, "FinishUnpacking", "FinishUnpackingRequest"},
    {k_access, "CloseTransfer", "CloseTransferRequest"},
};
// clang-format on

} // namespace

std::string_view request_of_call(std::string_view service, std::string_view method) {
    for (const auto& call : k_calls)
        if (call.service == service && call.method == method) return call.request;
    return {};
}

} // namespace redoubt::guest::policy
