// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/ctl/process_stream.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace grpc {
class Channel;
}

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

/// Takes one message of a stream; a failure ends the stream and is its result.
template <class Message>
using Each = std::function<Status(const Message&)>;

/// A connection with one node's daemon. Calls block. Errors are the daemon's own, or unavailable with the
/// remedy. Thread: any, many at once.
class Client {
  public:
    /// Checks that somebody listens at `host`: "unix:///PATH", or a profile's name or address, whose node is
    /// then who the profile says. Errors: invalid_argument no URL; unimplemented another scheme; unavailable
    /// and permission_denied with the remedy; those of connect_to_profile().
    static Result<std::unique_ptr<Client>> connect(const std::string& host);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// For other services of the same node.
    [[nodiscard]] const std::shared_ptr<grpc::Channel>& channel() const;

    Result<std::string> create_container(const pb::ContainerSpec& spec);
    Status start_container(const std::string& container);
    Status stop_container(const pb::StopContainerRequest& request);
    Status kill_container(const std::string& container, const std::string& signal);
    Status remove_container(const std::string& container, bool force, bool volumes = false);
    Result<pb::ListContainersResponse> list_containers(bool all);
    Result<pb::InspectContainerResponse> inspect_container(const std::string& container);
    Result<int> wait_container(const std::string& container);
    Status logs(const pb::LogsRequest& request, const Each<pb::LogsResponse>& each);
    Status events(const pb::EventsRequest& request, const Each<pb::Event>& each);

    Status pause_container(const std::string& container);
    Status unpause_container(const std::string& container);
    Status restart_container(const pb::RestartContainerRequest& request);
    Status rename_container(const std::string& container, const std::string& name);
    Status update_container(const pb::UpdateContainerRequest& request);
    Result<pb::ContainerStatsResponse> container_stats(const std::vector<std::string>& containers);
    Result<pb::TopContainerResponse> top_container(const std::string& container);
    Status diff_container(const std::string& container, const Each<pb::DiffContainerResponse>& each);
    Result<pb::StatPathResponse> stat_path(const std::string& container, const std::string& path);
    Status copy_from(const pb::CopyFromRequest& request, const Each<pb::CopyFromResponse>& each);
    /// `next` gives the archive's bytes, none at its end. The number of entries unpacked.
    Result<std::uint64_t> copy_to(const pb::CopyToStart& start,
                                  const std::function<Result<std::string>()>& next);

    std::unique_ptr<ProcessStream> attach(const pb::AttachStart& start);
    std::unique_ptr<ProcessStream> exec(const pb::ExecStart& start);

    Status pull_image(const pb::PullImageRequest& request, const Each<pb::ImageProgress>& each);
    Status check_login(const pb::CheckLoginRequest& request);
    Status import_image(const pb::ImportImageRequest& request, const Each<pb::ImageProgress>& each);
    Result<pb::ListImagesResponse> list_images();
    Result<pb::InspectImageResponse> inspect_image(const std::string& image);
    Result<pb::RemoveImageResponse> remove_image(const std::string& image, bool force);

    Result<pb::Volume> create_volume(const pb::CreateVolumeRequest& request);
    Result<pb::ListVolumesResponse> list_volumes();
    Result<pb::Volume> inspect_volume(const std::string& volume);
    Status remove_volume(const std::string& volume, bool force);
    Result<pb::PruneVolumesResponse> prune_volumes(const pb::PruneVolumesRequest& request);
    Result<pb::Volume> resize_volume(const std::string& volume, std::uint64_t size_bytes);

    Result<std::string> create_pod(const pb::PodSpec& spec);
    Status start_pod(const std::string& pod);
    /// Nothing: the pod's own grace.
    Status stop_pod(const std::string& pod, std::optional<std::uint32_t> timeout_seconds);
    Status kill_pod(const std::string& pod, const std::string& signal);
    Status remove_pod(const std::string& pod, bool force);
    Result<pb::ListPodsResponse> list_pods();
    Result<pb::InspectPodResponse> inspect_pod(const std::string& pod);

    Result<pb::Network> create_network(const pb::CreateNetworkRequest& request);
    Result<pb::ListNetworksResponse> list_networks();
    Result<pb::Network> inspect_network(const std::string& network);
    Status remove_network(const std::string& network);
    Result<pb::PruneNetworksResponse> prune_networks();

    Result<pb::PruneImagesResponse> prune_images(bool all);
    Result<pb::GetDiskUsageResponse> disk_usage();
    Result<pb::NodeInfo> node_info();
    Result<pb::CheckNodeResponse> check_node();
    /// Nothing: the daemon's timeout.
    Status drain_node(std::optional<std::uint32_t> timeout_seconds);
    Status resume_node();

  private:
    struct Stub;
    explicit Client(std::unique_ptr<Stub> stub);
    std::unique_ptr<Stub> stub_;
};

} // namespace redoubt::ctl
