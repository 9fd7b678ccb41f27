// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The management API's calls, one file a group. Each decodes and checks its request, calls one use case and
/// encodes the answer; nothing is decided here. Thread: main strand. `node`, sources and sinks outlive the
/// call.

#include <chrono>

#include "common/async/task.hpp"
#include "node-daemon/api/stream.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {

namespace pb = redoubt::node::v1;

// ---- containers.cpp
Task<pb::CreateContainerResponse> create_container(sandbox::Node& node, pb::CreateContainerRequest request);
Task<pb::StartContainerResponse> start_container(sandbox::Node& node, pb::StartContainerRequest request);
/// `default_timeout`: for a request that names none.
Task<pb::StopContainerResponse> stop_container(sandbox::Node& node, pb::StopContainerRequest request,
                                               std::chrono::seconds default_timeout);
Task<pb::KillContainerResponse> kill_container(sandbox::Node& node, pb::KillContainerRequest request);
Task<pb::RemoveContainerResponse> remove_container(sandbox::Node& node, pb::RemoveContainerRequest request);
Task<pb::ListContainersResponse> list_containers(sandbox::Node& node, pb::ListContainersRequest request);
Task<pb::InspectContainerResponse> inspect_container(sandbox::Node& node,
                                                     pb::InspectContainerRequest request);
Task<pb::WaitContainerResponse> wait_container(sandbox::Node& node, pb::WaitContainerRequest request);

// ---- container_changes.cpp
Task<pb::PauseContainerResponse> pause_container(sandbox::Node& node, pb::PauseContainerRequest request);
Task<pb::UnpauseContainerResponse> unpause_container(sandbox::Node& node,
                                                     pb::UnpauseContainerRequest request);
/// `default_timeout`: as of stop_container.
Task<pb::RestartContainerResponse> restart_container(sandbox::Node& node, pb::RestartContainerRequest request,
                                                     std::chrono::seconds default_timeout);
Task<pb::RenameContainerResponse> rename_container(sandbox::Node& node, pb::RenameContainerRequest request);
Task<pb::UpdateContainerResponse> update_container(sandbox::Node& node, pb::UpdateContainerRequest request);

// ---- usage.cpp
Task<pb::ContainerStatsResponse> container_stats(sandbox::Node& node, pb::ContainerStatsRequest request);
Task<pb::TopContainerResponse> top_container(sandbox::Node& node, pb::TopContainerRequest request);
Task<void> diff_container(sandbox::Node& node, pb::DiffContainerRequest request,
                          ResponseSink<pb::DiffContainerResponse>& responses);
Task<pb::PruneImagesResponse> prune_images(sandbox::Node& node, pb::PruneImagesRequest request);
Task<pb::GetDiskUsageResponse> get_disk_usage(sandbox::Node& node, pb::GetDiskUsageRequest request);

// ---- copying.cpp
Task<pb::StatPathResponse> stat_path(sandbox::Node& node, pb::StatPathRequest request);
Task<void> copy_from(sandbox::Node& node, pb::CopyFromRequest request,
                     ResponseSink<pb::CopyFromResponse>& responses);
Task<void> copy_to(sandbox::Node& node, RequestSource<pb::CopyToRequest>& requests,
                   ResponseSink<pb::CopyToResponse>& responses);

// ---- process_streams.cpp
Task<void> attach(sandbox::Node& node, RequestSource<pb::AttachRequest>& requests,
                  ResponseSink<pb::AttachResponse>& responses);
Task<void> exec(sandbox::Node& node, RequestSource<pb::ExecRequest>& requests,
                ResponseSink<pb::ExecResponse>& responses);

// ---- watching.cpp
Task<void> logs(sandbox::Node& node, pb::LogsRequest request, ResponseSink<pb::LogsResponse>& responses);
Task<void> events(sandbox::Node& node, pb::EventsRequest request, ResponseSink<pb::Event>& responses);

// ---- images.cpp
Task<void> pull_image(sandbox::Node& node, pb::PullImageRequest request,
                      ResponseSink<pb::ImageProgress>& responses);
Task<pb::CheckLoginResponse> check_login(sandbox::Node& node, pb::CheckLoginRequest request);
Task<void> import_image(sandbox::Node& node, pb::ImportImageRequest request,
                        ResponseSink<pb::ImageProgress>& responses);
Task<pb::ListImagesResponse> list_images(sandbox::Node& node, pb::ListImagesRequest request);
Task<pb::InspectImageResponse> inspect_image(sandbox::Node& node, pb::InspectImageRequest request);
Task<pb::RemoveImageResponse> remove_image(sandbox::Node& node, pb::RemoveImageRequest request);

// ---- volumes.cpp
Task<pb::Volume> create_volume(sandbox::Node& node, pb::CreateVolumeRequest request);
Task<pb::ListVolumesResponse> list_volumes(sandbox::Node& node, pb::ListVolumesRequest request);
Task<pb::Volume> inspect_volume(sandbox::Node& node, pb::InspectVolumeRequest request);
Task<pb::RemoveVolumeResponse> remove_volume(sandbox::Node& node, pb::RemoveVolumeRequest request);
Task<pb::PruneVolumesResponse> prune_volumes(sandbox::Node& node, pb::PruneVolumesRequest request);
Task<pb::Volume> resize_volume(sandbox::Node& node, pb::ResizeVolumeRequest request);

// ---- pods.cpp
Task<pb::CreatePodResponse> create_pod(sandbox::Node& node, pb::PodSpec request);
Task<pb::StartPodResponse> start_pod(sandbox::Node& node, pb::StartPodRequest request);
Task<pb::StopPodResponse> stop_pod(sandbox::Node& node, pb::StopPodRequest request);
Task<pb::KillPodResponse> kill_pod(sandbox::Node& node, pb::KillPodRequest request);
Task<pb::RemovePodResponse> remove_pod(sandbox::Node& node, pb::RemovePodRequest request);
Task<pb::ListPodsResponse> list_pods(sandbox::Node& node, pb::ListPodsRequest request);
Task<pb::InspectPodResponse> inspect_pod(sandbox::Node& node, pb::InspectPodRequest request);

// ---- networks.cpp
Task<pb::ListNetworksResponse> list_networks(sandbox::Node& node, pb::ListNetworksRequest request);
Task<pb::Network> inspect_network(sandbox::Node& node, pb::InspectNetworkRequest request);
Task<pb::Network> create_network(sandbox::Node& node, pb::CreateNetworkRequest request);
Task<pb::RemoveNetworkResponse> remove_network(sandbox::Node& node, pb::RemoveNetworkRequest request);
Task<pb::PruneNetworksResponse> prune_networks(sandbox::Node& node, pb::PruneNetworksRequest request);

// ---- node.cpp
Task<pb::NodeInfo> get_node_info(sandbox::Node& node, pb::GetNodeInfoRequest request);
/// `default_timeout`: for a request that names none.
Task<pb::DrainNodeResponse> drain_node(sandbox::Node& node, pb::DrainNodeRequest request,
                                       std::chrono::seconds default_timeout);
Task<pb::ResumeNodeResponse> resume_node(sandbox::Node& node, pb::ResumeNodeRequest request);
Task<pb::CheckNodeResponse> check_node(sandbox::Node& node, pb::CheckNodeRequest request);

} // namespace redoubt::node::api
