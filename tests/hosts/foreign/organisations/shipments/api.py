from rest_framework import serializers, viewsets

from accounts.models import Organisation
from shipments.models import Shipment


class ShipmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Shipment
        fields = ["id", "organisation", "number", "destination", "created_at"]


class ShipmentViewSet(viewsets.ModelViewSet):
    queryset = Shipment.objects.all()
    serializer_class = ShipmentSerializer

    def get_queryset(self):
        return super().get_queryset().filter(organisation__in=self.organisations())

    def organisations(self):
        return Organisation.objects.filter(members=self.request.user)

    def perform_create(self, serializer):
        if serializer.validated_data["organisation"] not in self.organisations():
            self.permission_denied(self.request)
        serializer.save(created_by=self.request.user)
