// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/service.hpp"

#include "node-daemon/api/grpc_bridge.hpp"
#include "node-daemon/api/handlers.hpp"
#include "redoubt/node/v1/node.grpc.pb.h"

namespace redoubt::node::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class NodeService final : public pb::Node::CallbackService {
  public:
    NodeService(sandbox::Node& node, CallRegistry& registry, std::chrono::seconds stop_timeout)
        : node_(node), registry_(registry), stop_timeout_(stop_timeout) {}

    // ---- containers
    ServerUnaryReactor* CreateContainer(CallbackServerContext*, const pb::CreateContainerRequest* request,
                                        pb::CreateContainerResponse* response) override {
        return unary(create_container, *request, *response);
    }
    ServerUnaryReactor* StartContainer(CallbackServerContext*, const pb::StartContainerRequest* request,
                                       pb::StartContainerResponse* response) override {
        return unary(start_container, *request, *response);
    }
    ServerUnaryReactor* StopContainer(CallbackServerContext*, const pb::StopContainerRequest* request,
                                      pb::StopContainerResponse* response) override {
        auto bound = [this](pb::StopContainerRequest taken) {
            return stop_container(node_, std::move(taken), stop_timeout_);
        };
        return new UnaryCall<pb::StopContainerRequest, pb::StopContainerResponse>(
            registry_, OnDisconnect::finish, bound, *request, *response);
    }
    ServerUnaryReactor* KillContainer(CallbackServerContext*, const pb::KillContainerRequest* request,
                                      pb::KillContainerResponse* response) override {
        return unary(kill_container, *request, *response);
    }
    ServerUnaryReactor* RemoveContainer(CallbackServerContext*, const pb::RemoveContainerRequest* request,
                                        pb::RemoveContainerResponse* response) override {
        return unary(remove_container, *request, *response);
    }
    ServerUnaryReactor* ListContainers(CallbackServerContext*, const pb::ListContainersRequest* request,
                                       pb::ListContainersResponse* response) override {
        return unary(list_containers, *request, *response);
    }
    ServerUnaryReactor* InspectContainer(CallbackServerContext*, const pb::InspectContainerRequest* request,
                                         pb::InspectContainerResponse* response) override {
        return unary(inspect_container, *request, *response);
    }
    ServerUnaryReactor* WaitContainer(CallbackServerContext*, const pb::WaitContainerRequest* request,
                                      pb::WaitContainerResponse* response) override {
        return unary(wait_container, *request, *response, OnDisconnect::cancel);
    }
    grpc::ServerWriteReactor<pb::LogsResponse>* Logs(CallbackServerContext*,
                                                     const pb::LogsRequest* request) override {
        return server_stream(logs, *request);
    }
    grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>* Attach(CallbackServerContext*) override {
        return two_way(attach);
    }
    grpc::ServerBidiReactor<pb::ExecRequest, pb::ExecResponse>* Exec(CallbackServerContext*) override {
        return two_way(exec);
    }
    grpc::ServerWriteReactor<pb::Event>* Events(CallbackServerContext*,
                                                const pb::EventsRequest* request) override {
        return server_stream(events, *request);
    }

    ServerUnaryReactor* PauseContainer(CallbackServerContext*, const pb::PauseContainerRequest* request,
                                       pb::PauseContainerResponse* response) override {
        return unary(pause_container, *request, *response);
    }
    ServerUnaryReactor* UnpauseContainer(CallbackServerContext*, const pb::UnpauseContainerRequest* request,
                                         pb::UnpauseContainerResponse* response) override {
        return unary(unpause_container, *request, *response);
    }
    ServerUnaryReactor* RestartContainer(CallbackServerContext*, const pb::RestartContainerRequest* request,
                                         pb::RestartContainerResponse* response) override {
        auto bound = [this](pb::RestartContainerRequest taken) {
            return restart_container(node_, std::move(taken), stop_timeout_);
        };
        return new UnaryCall<pb::RestartContainerRequest, pb::RestartContainerResponse>(
            registry_, OnDisconnect::finish, bound, *request, *response);
    }
    ServerUnaryReactor* RenameContainer(CallbackServerContext*, const pb::RenameContainerRequest* request,
                                        pb::RenameContainerResponse* response) override {
        return unary(rename_container, *request, *response);
    }
    ServerUnaryReactor* UpdateContainer(CallbackServerContext*, const pb::UpdateContainerRequest* request,
                                        pb::UpdateContainerResponse* response) override {
        return unary(update_container, *request, *response);
    }
    ServerUnaryReactor* ContainerStats(CallbackServerContext*, const pb::ContainerStatsRequest* request,
                                       pb::ContainerStatsResponse* response) override {
        return unary(container_stats, *request, *response);
    }
    ServerUnaryReactor* TopContainer(CallbackServerContext*, const pb::TopContainerRequest* request,
                                     pb::TopContainerResponse* response) override {
        return unary(top_container, *request, *response);
    }
    ServerUnaryReactor* StatPath(CallbackServerContext*, const pb::StatPathRequest* request,
                                 pb::StatPathResponse* response) override {
        return unary(stat_path, *request, *response);
    }
    grpc::ServerWriteReactor<pb::DiffContainerResponse>*
    DiffContainer(CallbackServerContext*, const pb::DiffContainerRequest* request) override {
        return server_stream(diff_container, *request);
    }
    grpc::ServerWriteReactor<pb::CopyFromResponse>* CopyFrom(CallbackServerContext*,
                                                             const pb::CopyFromRequest* request) override {
        return server_stream(copy_from, *request);
    }
    grpc::ServerBidiReactor<pb::CopyToRequest, pb::CopyToResponse>* CopyTo(CallbackServerContext*) override {
        return two_way(copy_to);
    }

    // ---- images
    grpc::ServerWriteReactor<pb::ImageProgress>* PullImage(CallbackServerContext*,
                                                           const pb::PullImageRequest* request) override {
        return server_stream(pull_image, *request);
    }
    ServerUnaryReactor* CheckLogin(CallbackServerContext*, const pb::CheckLoginRequest* request,
                                   pb::CheckLoginResponse* response) override {
        return unary(check_login, *request, *response);
    }
    grpc::ServerWriteReactor<pb::ImageProgress>* ImportImage(CallbackServerContext*,
                                                             const pb::ImportImageRequest* request) override {
        return server_stream(import_image, *request);
    }
    ServerUnaryReactor* ListImages(CallbackServerContext*, const pb::ListImagesRequest* request,
                                   pb::ListImagesResponse* response) override {
        return unary(list_images, *request, *response);
    }
    ServerUnaryReactor* InspectImage(CallbackServerContext*, const pb::InspectImageRequest* request,
                                     pb::InspectImageResponse* response) override {
        return unary(inspect_image, *request, *response);
    }
    ServerUnaryReactor* RemoveImage(CallbackServerContext*, const pb::RemoveImageRequest* request,
                                    pb::RemoveImageResponse* response) override {
        return unary(remove_image, *request, *response);
    }
    ServerUnaryReactor* PruneImages(CallbackServerContext*, const pb::PruneImagesRequest* request,
                                    pb::PruneImagesResponse* response) override {
        return unary(prune_images, *request, *response);
    }

    // ---- volumes
    ServerUnaryReactor* CreateVolume(CallbackServerContext*, const pb::CreateVolumeRequest* request,
                                     pb::Volume* response) override {
        return unary(create_volume, *request, *response);
    }
    ServerUnaryReactor* ListVolumes(CallbackServerContext*, const pb::ListVolumesRequest* request,
                                    pb::ListVolumesResponse* response) override {
        return unary(list_volumes, *request, *response);
    }
    ServerUnaryReactor* InspectVolume(CallbackServerContext*, const pb::InspectVolumeRequest* request,
                                      pb::Volume* response) override {
        return unary(inspect_volume, *request, *response);
    }
    ServerUnaryReactor* RemoveVolume(CallbackServerContext*, const pb::RemoveVolumeRequest* request,
                                     pb::RemoveVolumeResponse* response) override {
        return unary(remove_volume, *request, *response);
    }
    ServerUnaryReactor* PruneVolumes(CallbackServerContext*, const pb::PruneVolumesRequest* request,
                                     pb::PruneVolumesResponse* response) override {
        return unary(prune_volumes, *request, *response);
    }
    ServerUnaryReactor* ResizeVolume(CallbackServerContext*, const pb::ResizeVolumeRequest* request,
                                     pb::Volume* response) override {
        return unary(resize_volume, *request, *response);
    }

    // ---- pods
    ServerUnaryReactor* CreatePod(CallbackServerContext*, const pb::PodSpec* request,
                                  pb::CreatePodResponse* response) override {
        return unary(create_pod, *request, *response);
    }
    ServerUnaryReactor* StartPod(CallbackServerContext*, const pb::StartPodRequest* request,
                                 pb::StartPodResponse* response) override {
        return unary(start_pod, *request, *response);
    }
    ServerUnaryReactor* StopPod(CallbackServerContext*, const pb::StopPodRequest* request,
                                pb::StopPodResponse* response) override {
        return unary(stop_pod, *request, *response);
    }
    ServerUnaryReactor* KillPod(CallbackServerContext*, const pb::KillPodRequest* request,
                                pb::KillPodResponse* response) override {
        return unary(kill_pod, *request, *response);
    }
    ServerUnaryReactor* RemovePod(CallbackServerContext*, const pb::RemovePodRequest* request,
                                  pb::RemovePodResponse* response) override {
        return unary(remove_pod, *request, *response);
    }
    ServerUnaryReactor* ListPods(CallbackServerContext*, const pb::ListPodsRequest* request,
                                 pb::ListPodsResponse* response) override {
        return unary(list_pods, *request, *response);
    }
    ServerUnaryReactor* InspectPod(CallbackServerContext*, const pb::InspectPodRequest* request,
                                   pb::InspectPodResponse* response) override {
        return unary(inspect_pod, *request, *response);
    }

    // ---- networks
    ServerUnaryReactor* ListNetworks(CallbackServerContext*, const pb::ListNetworksRequest* request,
                                     pb::ListNetworksResponse* response) override {
        return unary(list_networks, *request, *response);
    }
    ServerUnaryReactor* InspectNetwork(CallbackServerContext*, const pb::InspectNetworkRequest* request,
                                       pb::Network* response) override {
        return unary(inspect_network, *request, *response);
    }
    ServerUnaryReactor* CreateNetwork(CallbackServerContext*, const pb::CreateNetworkRequest* request,
                                      pb::Network* response) override {
        return unary(create_network, *request, *response);
    }
    ServerUnaryReactor* RemoveNetwork(CallbackServerContext*, const pb::RemoveNetworkRequest* request,
                                      pb::RemoveNetworkResponse* response) override {
        return unary(remove_network, *request, *response);
    }
    ServerUnaryReactor* PruneNetworks(CallbackServerContext*, const pb::PruneNetworksRequest* request,
                                      pb::PruneNetworksResponse* response) override {
        return unary(prune_networks, *request, *response);
    }

    // ---- node
    ServerUnaryReactor* GetNodeInfo(CallbackServerContext*, const pb::GetNodeInfoRequest* request,
                                    pb::NodeInfo* response) override {
        return unary(get_node_info, *request, *response);
    }
    ServerUnaryReactor* DrainNode(CallbackServerContext*, const pb::DrainNodeRequest* request,
                                  pb::DrainNodeResponse* response) override {
        auto bound = [this](pb::DrainNodeRequest taken) {
            return drain_node(node_, std::move(taken), stop_timeout_);
        };
        return new UnaryCall<pb::DrainNodeRequest, pb::DrainNodeResponse>(registry_, OnDisconnect::finish,
                                                                          bound, *request, *response);
    }
    ServerUnaryReactor* ResumeNode(CallbackServerContext*, const pb::ResumeNodeRequest* request,
                                   pb::ResumeNodeResponse* response) override {
        return unary(resume_node, *request, *response);
    }
    ServerUnaryReactor* CheckNode(CallbackServerContext*, const pb::CheckNodeRequest* request,
                                  pb::CheckNodeResponse* response) override {
        return unary(check_node, *request, *response);
    }
    ServerUnaryReactor* GetDiskUsage(CallbackServerContext*, const pb::GetDiskUsageRequest* request,
                                     pb::GetDiskUsageResponse* response) override {
        return unary(get_disk_usage, *request, *response);
    }

  private:
    // The calls below are owned by themselves: they end on the main strand, after gRPC's OnDone.
    template <class Request, class Response>
    ServerUnaryReactor* unary(Task<Response> (*handler)(sandbox::Node&, Request), const Request& request,
                              Response& response, OnDisconnect on_disconnect = OnDisconnect::finish) {
        auto bound = [this, handler](Request taken) { return handler(node_, std::move(taken)); };
        return new UnaryCall<Request, Response>(registry_, on_disconnect, bound, request, response);
    }
    template <class Request, class Out>
    grpc::ServerWriteReactor<Out>* server_stream(Task<void> (*handler)(sandbox::Node&, Request,
                                                                       ResponseSink<Out>&),
                                                 const Request& request) {
        auto bound = [this, handler](Request taken, ResponseSink<Out>& responses) {
            return handler(node_, std::move(taken), responses);
        };
        return new ServerStreamCall<Request, Out>(registry_, bound, request);
    }
    template <class In, class Out>
    grpc::ServerBidiReactor<In, Out>* two_way(Task<void> (*handler)(sandbox::Node&, RequestSource<In>&,
                                                                    ResponseSink<Out>&)) {
        auto bound = [this, handler](RequestSource<In>& requests, ResponseSink<Out>& responses) {
            return handler(node_, requests, responses);
        };
        return new TwoWayCall<In, Out>(registry_, bound);
    }

    sandbox::Node& node_;
    CallRegistry& registry_;
    std::chrono::seconds stop_timeout_;
};

} // namespace

std::unique_ptr<grpc::Service> make_node_service(sandbox::Node& node, CallRegistry& registry,
                                                 std::chrono::seconds stop_timeout) {
    return std::make_unique<NodeService>(node, registry, stop_timeout);
}

} // namespace redoubt::node::api
