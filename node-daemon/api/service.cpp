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
    NodeService(sandbox::Node& node, CallRegistry& registry, Gate& gate, std::chrono::seconds stop_timeout)
        : node_(node), registry_(registry), gate_(gate), stop_timeout_(stop_timeout) {}

    // ---- containers
    ServerUnaryReactor* CreateContainer(CallbackServerContext* context,
                                        const pb::CreateContainerRequest* request,
                                        pb::CreateContainerResponse* response) override {
        return unary(*context, create_container, *request, *response);
    }
    ServerUnaryReactor* StartContainer(CallbackServerContext* context,
                                       const pb::StartContainerRequest* request,
                                       pb::StartContainerResponse* response) override {
        return unary(*context, start_container, *request, *response);
    }
    ServerUnaryReactor* StopContainer(CallbackServerContext* context, const pb::StopContainerRequest* request,
                                      pb::StopContainerResponse* response) override {
        auto bound = [this](pb::StopContainerRequest taken) {
            return stop_container(node_, std::move(taken), stop_timeout_);
        };
        return bound_unary<pb::StopContainerRequest, pb::StopContainerResponse>(*context, bound, *request,
                                                                                *response);
    }
    ServerUnaryReactor* KillContainer(CallbackServerContext* context, const pb::KillContainerRequest* request,
                                      pb::KillContainerResponse* response) override {
        return unary(*context, kill_container, *request, *response);
    }
    ServerUnaryReactor* RemoveContainer(CallbackServerContext* context,
                                        const pb::RemoveContainerRequest* request,
                                        pb::RemoveContainerResponse* response) override {
        return unary(*context, remove_container, *request, *response);
    }
    ServerUnaryReactor* ListContainers(CallbackServerContext* context,
                                       const pb::ListContainersRequest* request,
                                       pb::ListContainersResponse* response) override {
        return unary(*context, list_containers, *request, *response);
    }
    ServerUnaryReactor* InspectContainer(CallbackServerContext* context,
                                         const pb::InspectContainerRequest* request,
                                         pb::InspectContainerResponse* response) override {
        return unary(*context, inspect_container, *request, *response);
    }
    ServerUnaryReactor* WaitContainer(CallbackServerContext* context, const pb::WaitContainerRequest* request,
                                      pb::WaitContainerResponse* response) override {
        return unary(*context, wait_container, *request, *response, OnDisconnect::cancel);
    }
    grpc::ServerWriteReactor<pb::LogsResponse>* Logs(CallbackServerContext* context,
                                                     const pb::LogsRequest* request) override {
        return server_stream(*context, logs, *request);
    }
    grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>*
    Attach(CallbackServerContext* context) override {
        return two_way(*context, attach);
    }
    grpc::ServerBidiReactor<pb::ExecRequest, pb::ExecResponse>*
    Exec(CallbackServerContext* context) override {
        return two_way(*context, exec);
    }
    grpc::ServerWriteReactor<pb::Event>* Events(CallbackServerContext* context,
                                                const pb::EventsRequest* request) override {
        return server_stream(*context, events, *request);
    }

    ServerUnaryReactor* PauseContainer(CallbackServerContext* context,
                                       const pb::PauseContainerRequest* request,
                                       pb::PauseContainerResponse* response) override {
        return unary(*context, pause_container, *request, *response);
    }
    ServerUnaryReactor* UnpauseContainer(CallbackServerContext* context,
                                         const pb::UnpauseContainerRequest* request,
                                         pb::UnpauseContainerResponse* response) override {
        return unary(*context, unpause_container, *request, *response);
    }
    ServerUnaryReactor* RestartContainer(CallbackServerContext* context,
                                         const pb::RestartContainerRequest* request,
                                         pb::RestartContainerResponse* response) override {
        auto bound = [this](pb::RestartContainerRequest taken) {
            return restart_container(node_, std::move(taken), stop_timeout_);
        };
        return bound_unary<pb::RestartContainerRequest, pb::RestartContainerResponse>(*context, bound,
                                                                                      *request, *response);
    }
    ServerUnaryReactor* RenameContainer(CallbackServerContext* context,
                                        const pb::RenameContainerRequest* request,
                                        pb::RenameContainerResponse* response) override {
        return unary(*context, rename_container, *request, *response);
    }
    ServerUnaryReactor* UpdateContainer(CallbackServerContext* context,
                                        const pb::UpdateContainerRequest* request,
                                        pb::UpdateContainerResponse* response) override {
        return unary(*context, update_container, *request, *response);
    }
    ServerUnaryReactor* ContainerStats(CallbackServerContext* context,
                                       const pb::ContainerStatsRequest* request,
                                       pb::ContainerStatsResponse* response) override {
        return unary(*context, container_stats, *request, *response);
    }
    ServerUnaryReactor* TopContainer(CallbackServerContext* context, const pb::TopContainerRequest* request,
                                     pb::TopContainerResponse* response) override {
        return unary(*context, top_container, *request, *response);
    }
    ServerUnaryReactor* StatPath(CallbackServerContext* context, const pb::StatPathRequest* request,
                                 pb::StatPathResponse* response) override {
        return unary(*context, stat_path, *request, *response);
    }
    grpc::ServerWriteReactor<pb::DiffContainerResponse>*
    DiffContainer(CallbackServerContext* context, const pb::DiffContainerRequest* request) override {
        return server_stream(*context, diff_container, *request);
    }
    grpc::ServerWriteReactor<pb::CopyFromResponse>* CopyFrom(CallbackServerContext* context,
                                                             const pb::CopyFromRequest* request) override {
        return server_stream(*context, copy_from, *request);
    }
    grpc::ServerBidiReactor<pb::CopyToRequest, pb::CopyToResponse>*
    CopyTo(CallbackServerContext* context) override {
        return two_way(*context, copy_to);
    }

    // ---- images
    grpc::ServerWriteReactor<pb::ImageProgress>* PullImage(CallbackServerContext* context,
                                                           const pb::PullImageRequest* request) override {
        return server_stream(*context, pull_image, *request);
    }
    ServerUnaryReactor* CheckLogin(CallbackServerContext* context, const pb::CheckLoginRequest* request,
                                   pb::CheckLoginResponse* response) override {
        return unary(*context, check_login, *request, *response);
    }
    grpc::ServerWriteReactor<pb::ImageProgress>* ImportImage(CallbackServerContext* context,
                                                             const pb::ImportImageRequest* request) override {
        return server_stream(*context, import_image, *request);
    }
    ServerUnaryReactor* ListImages(CallbackServerContext* context, const pb::ListImagesRequest* request,
                                   pb::ListImagesResponse* response) override {
        return unary(*context, list_images, *request, *response);
    }
    ServerUnaryReactor* InspectImage(CallbackServerContext* context, const pb::InspectImageRequest* request,
                                     pb::InspectImageResponse* response) override {
        return unary(*context, inspect_image, *request, *response);
    }
    ServerUnaryReactor* RemoveImage(CallbackServerContext* context, const pb::RemoveImageRequest* request,
                                    pb::RemoveImageResponse* response) override {
        return unary(*context, remove_image, *request, *response);
    }
    ServerUnaryReactor* PruneImages(CallbackServerContext* context, const pb::PruneImagesRequest* request,
                                    pb::PruneImagesResponse* response) override {
        return unary(*context, prune_images, *request, *response);
    }

    // ---- volumes
    ServerUnaryReactor* CreateVolume(CallbackServerContext* context, const pb::CreateVolumeRequest* request,
                                     pb::Volume* response) override {
        return unary(*context, create_volume, *request, *response);
    }
    ServerUnaryReactor* ListVolumes(CallbackServerContext* context, const pb::ListVolumesRequest* request,
                                    pb::ListVolumesResponse* response) override {
        return unary(*context, list_volumes, *request, *response);
    }
    ServerUnaryReactor* InspectVolume(CallbackServerContext* context, const pb::InspectVolumeRequest* request,
                                      pb::Volume* response) override {
        return unary(*context, inspect_volume, *request, *response);
    }
    ServerUnaryReactor* RemoveVolume(CallbackServerContext* context, const pb::RemoveVolumeRequest* request,
                                     pb::RemoveVolumeResponse* response) override {
        return unary(*context, remove_volume, *request, *response);
    }
    ServerUnaryReactor* PruneVolumes(CallbackServerContext* context, const pb::PruneVolumesRequest* request,
                                     pb::PruneVolumesResponse* response) override {
        return unary(*context, prune_volumes, *request, *response);
    }
    ServerUnaryReactor* ResizeVolume(CallbackServerContext* context, const pb::ResizeVolumeRequest* request,
                                     pb::Volume* response) override {
        return unary(*context, resize_volume, *request, *response);
    }

    // ---- pods
    ServerUnaryReactor* CreatePod(CallbackServerContext* context, const pb::PodSpec* request,
                                  pb::CreatePodResponse* response) override {
        return unary(*context, create_pod, *request, *response);
    }
    ServerUnaryReactor* StartPod(CallbackServerContext* context, const pb::StartPodRequest* request,
                                 pb::StartPodResponse* response) override {
        return unary(*context, start_pod, *request, *response);
    }
    ServerUnaryReactor* StopPod(CallbackServerContext* context, const pb::StopPodRequest* request,
                                pb::StopPodResponse* response) override {
        return unary(*context, stop_pod, *request, *response);
    }
    ServerUnaryReactor* KillPod(CallbackServerContext* context, const pb::KillPodRequest* request,
                                pb::KillPodResponse* response) override {
        return unary(*context, kill_pod, *request, *response);
    }
    ServerUnaryReactor* RemovePod(CallbackServerContext* context, const pb::RemovePodRequest* request,
                                  pb::RemovePodResponse* response) override {
        return unary(*context, remove_pod, *request, *response);
    }
    ServerUnaryReactor* ListPods(CallbackServerContext* context, const pb::ListPodsRequest* request,
                                 pb::ListPodsResponse* response) override {
        return unary(*context, list_pods, *request, *response);
    }
    ServerUnaryReactor* InspectPod(CallbackServerContext* context, const pb::InspectPodRequest* request,
                                   pb::InspectPodResponse* response) override {
        return unary(*context, inspect_pod, *request, *response);
    }

    // ---- networks
    ServerUnaryReactor* ListNetworks(CallbackServerContext* context, const pb::ListNetworksRequest* request,
                                     pb::ListNetworksResponse* response) override {
        return unary(*context, list_networks, *request, *response);
    }
    ServerUnaryReactor* InspectNetwork(CallbackServerContext* context,
                                       const pb::InspectNetworkRequest* request,
                                       pb::Network* response) override {
        return unary(*context, inspect_network, *request, *response);
    }
    ServerUnaryReactor* CreateNetwork(CallbackServerContext* context, const pb::CreateNetworkRequest* request,
                                      pb::Network* response) override {
        return unary(*context, create_network, *request, *response);
    }
    ServerUnaryReactor* RemoveNetwork(CallbackServerContext* context, const pb::RemoveNetworkRequest* request,
                                      pb::RemoveNetworkResponse* response) override {
        return unary(*context, remove_network, *request, *response);
    }
    ServerUnaryReactor* PruneNetworks(CallbackServerContext* context, const pb::PruneNetworksRequest* request,
                                      pb::PruneNetworksResponse* response) override {
        return unary(*context, prune_networks, *request, *response);
    }

    // ---- node
    ServerUnaryReactor* GetNodeInfo(CallbackServerContext* context, const pb::GetNodeInfoRequest* request,
                                    pb::NodeInfo* response) override {
        return unary(*context, get_node_info, *request, *response);
    }
    ServerUnaryReactor* DrainNode(CallbackServerContext* context, const pb::DrainNodeRequest* request,
                                  pb::DrainNodeResponse* response) override {
        auto bound = [this](pb::DrainNodeRequest taken) {
            return drain_node(node_, std::move(taken), stop_timeout_);
        };
        return bound_unary<pb::DrainNodeRequest, pb::DrainNodeResponse>(*context, bound, *request, *response);
    }
    ServerUnaryReactor* ResumeNode(CallbackServerContext* context, const pb::ResumeNodeRequest* request,
                                   pb::ResumeNodeResponse* response) override {
        return unary(*context, resume_node, *request, *response);
    }
    ServerUnaryReactor* CheckNode(CallbackServerContext* context, const pb::CheckNodeRequest* request,
                                  pb::CheckNodeResponse* response) override {
        return unary(*context, check_node, *request, *response);
    }
    ServerUnaryReactor* GetDiskUsage(CallbackServerContext* context, const pb::GetDiskUsageRequest* request,
                                     pb::GetDiskUsageResponse* response) override {
        return unary(*context, get_disk_usage, *request, *response);
    }

  private:
    // The calls below are owned by themselves: they end on the main strand, after gRPC's OnDone.
    template <class Request, class Response, class Bound>
    ServerUnaryReactor* bound_unary(const CallbackServerContext& context, Bound bound, const Request& request,
                                    Response& response, OnDisconnect on_disconnect = OnDisconnect::finish) {
        const auto bind = [&bound](const Admission& /*admission*/) { return std::move(bound); };
        return admit_unary(gate_, registry_, context, on_disconnect, bind, request, response);
    }
    template <class Request, class Response>
    ServerUnaryReactor* unary(const CallbackServerContext& context,
                              Task<Response> (*handler)(sandbox::Node&, Request), const Request& request,
                              Response& response, OnDisconnect on_disconnect = OnDisconnect::finish) {
        auto bound = [this, handler](Request taken) { return handler(node_, std::move(taken)); };
        return bound_unary(context, bound, request, response, on_disconnect);
    }
    template <class Request, class Out>
    grpc::ServerWriteReactor<Out>* server_stream(const CallbackServerContext& context,
                                                 Task<void> (*handler)(sandbox::Node&, Request,
                                                                       ResponseSink<Out>&),
                                                 const Request& request) {
        auto admission = gate_.admit(context, request);
        if (!admission) return new RefusedCall<grpc::ServerWriteReactor<Out>>(grpc_status(admission.error()));
        auto bound = [this, handler](Request taken, ResponseSink<Out>& responses) {
            return handler(node_, std::move(taken), responses);
        };
        return new ServerStreamCall<Request, Out>(registry_, *std::move(admission), bound, request);
    }
    template <class In, class Out>
    grpc::ServerBidiReactor<In, Out>* two_way(const CallbackServerContext& context,
                                              Task<void> (*handler)(sandbox::Node&, RequestSource<In>&,
                                                                    ResponseSink<Out>&)) {
        auto admission = gate_.admit(context, In::default_instance());
        if (!admission)
            return new RefusedCall<grpc::ServerBidiReactor<In, Out>>(grpc_status(admission.error()));
        auto bound = [this, handler](RequestSource<In>& requests, ResponseSink<Out>& responses) {
            return handler(node_, requests, responses);
        };
        return new TwoWayCall<In, Out>(registry_, *std::move(admission), bound);
    }

    sandbox::Node& node_;
    CallRegistry& registry_;
    Gate& gate_;
    std::chrono::seconds stop_timeout_;
};

} // namespace

std::unique_ptr<grpc::Service> make_node_service(sandbox::Node& node, CallRegistry& registry, Gate& gate,
                                                 std::chrono::seconds stop_timeout) {
    return std::make_unique<NodeService>(node, registry, gate, stop_timeout);
}

} // namespace redoubt::node::api
